/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lora4j.safetensors.AtomicFiles;
import org.lora4j.safetensors.PythonJson;
import org.lora4j.safetensors.SafeTensorsWriter;
import org.lora4j.safetensors.TensorDtype;

/** Writes a plain model as a Hugging Face directory. */
final class ModelSaver {
    /** What makes up a tokenizer, by the names of transformers; those that exist are copied. */
    private static final List<String> TOKENIZER_FILES =
            List.of(
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "special_tokens_map.json",
                    "added_tokens.json",
                    "vocab.txt",
                    "vocab.json",
                    "merges.txt",
                    "sentencepiece.bpe.model",
                    "spiece.model",
                    "tokenizer.model");

    private ModelSaver() {}

    static void save(LoadedModel model, TensorDtype dtype, Path directory) throws IOException {
        if (Files.exists(directory) && Files.isSameFile(directory, model.directory())) {
            throw new IOException(
                    directory
                            + ": is where the model was loaded from; expected another directory, so"
                            + " that the base stays whole");
        }
        name(dtype);
        Files.createDirectories(directory);
        SafeTensorsWriter weights = new SafeTensorsWriter();
        ModelTensors.plain(model.block())
                .forEach((path, weight) -> weights.add(path, weight.getArray(), dtype));
        weights.writeModel(directory, SafeTensorsWriter.DEFAULT_MAX_SHARD_BYTES);
        for (String name : TOKENIZER_FILES) {
            Path source = model.directory().resolve(name);
            if (Files.isRegularFile(source)) {
                byte[] bytes = Files.readAllBytes(source);
                AtomicFiles.write(
                        directory.resolve(name), out -> out.write(java.nio.ByteBuffer.wrap(bytes)));
            }
        }
        SavedEnds.write(model, directory);
        // last: a directory without config.json is no model
        AtomicFiles.write(
                directory.resolve(ModelConfig.FILE),
                AtomicFiles.Content.of(PythonJson.write(config(model, dtype)) + "\n"));
    }

    private static String name(TensorDtype dtype) {
        return switch (dtype) {
            case F32 -> "float32";
            case BF16 -> "bfloat16";
            case F16 -> "float16";
            default ->
                    throw new IllegalArgumentException(
                            "a model is not saved in " + dtype + "; expected F32, BF16 or F16");
        };
    }

    private static JsonObject config(LoadedModel model, TensorDtype dtype) {
        JsonObject json = model.config().json();
        json.remove("_name_or_path");
        json.addProperty("torch_dtype", name(dtype));
        json.remove("dtype");
        model.model().describe(json);
        return json;
    }
}
