/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.lora4j.djl.AdapterIdentity;
import org.lora4j.train.checkpoint.TrainingIdentity;

/** By what a training knows its model again: the files of the base, and the adapters' numbers. */
public final class ModelIdentity {
    /** What decides numbers, and how texts become tokens. */
    private static final List<String> SETTINGS =
            List.of(
                    "config.json",
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "added_tokens.json",
                    "special_tokens_map.json",
                    "chat_template.jinja",
                    "chat_template.json");

    private ModelIdentity() {}

    /** Describes a model as it is now; its files are not read yet. */
    public static TrainingIdentity of(LoadedModel model) {
        TrainingIdentity identity =
                TrainingIdentity.none()
                        .with("base precision", model.dtype().name())
                        .with("base dropout", model.block().dropouts().isOn() ? "on" : "off")
                        .with("labels", String.join(", ", model.labels()))
                        .withAll("", AdapterIdentity.of(model.block()));
        Map<String, Path> files = files(model.directory());
        for (String name : files.keySet()) {
            identity = identity.withFile("base " + name, files.get(name));
        }
        return identity;
    }

    private static Map<String, Path> files(Path directory) {
        Map<String, Path> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.filter(Files::isRegularFile)
                    .filter(ModelIdentity::counts)
                    .forEach(file -> found.put(String.valueOf(file.getFileName()), file));
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " cannot be read: " + e.getMessage(), e);
        }
        return found;
    }

    private static boolean counts(Path file) {
        String name = String.valueOf(file.getFileName());
        return SETTINGS.contains(name)
                || (name.startsWith("model") && name.endsWith(".safetensors"))
                || (name.startsWith("pytorch_model") && name.endsWith(".bin"));
    }
}
