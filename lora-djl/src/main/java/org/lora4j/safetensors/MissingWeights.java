/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.lora4j.files.Excerpt;

/** Says what a directory holds where a model's safetensors were expected and are not there. */
public final class MissingWeights {
    /** A directory may hold any number of files. */
    private static final int MOST_LOOKED_AT = 10_000;

    /** A kind of file, by the ending of its name, and what to do with it. */
    private record Kind(String ending, String advice) {}

    private static final List<Kind> KINDS =
            List.of(
                    new Kind(
                            ".gguf",
                            "GGUF weights, which are not read; use the original model's"
                                    + " safetensors"),
                    new Kind(
                            "adapter_model.safetensors",
                            "an adapter; name its base as the model, and this directory as the"
                                    + " adapter"),
                    new Kind("adapter_model.bin", "an adapter; name its base as the model"),
                    new Kind(
                            ".safetensors",
                            "safetensors of another name; expected model.safetensors, or"
                                    + " model.safetensors.index.json beside the shards"),
                    new Kind(
                            ".bin",
                            "pickled weights of another name; save the model again with"
                                    + " save_pretrained"),
                    new Kind(".onnx", "ONNX weights, which are not read; use the safetensors"),
                    new Kind(".h5", "TensorFlow weights, which are not read; use safetensors"),
                    new Kind(".msgpack", "Flax weights, which are not read; use safetensors"),
                    new Kind(".pth", "weights of torch.save; save the model as safetensors"),
                    new Kind(".pt", "weights of torch.save; save the model as safetensors"));

    private MissingWeights() {}

    /**
     * Describes a directory in which no weights were found.
     *
     * @param directory the directory
     * @return what weights of another kind it has and what to do about them, or a phrase that says
     *     that it has none
     * @throws IOException if the directory cannot be read
     */
    public static String describe(Path directory) throws IOException {
        List<String> names = names(directory);
        for (Kind kind : KINDS) {
            for (String name : names) {
                if (name.endsWith(kind.ending())) {
                    String excerpt = Excerpt.of(name);
                    return "found only " + excerpt + ", " + kind.advice();
                }
            }
        }
        return names.isEmpty() ? "the directory is empty" : "found no weights of any kind";
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.limit(MOST_LOOKED_AT)
                    .map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
