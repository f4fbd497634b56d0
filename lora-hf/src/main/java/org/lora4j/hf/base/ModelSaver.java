/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.files.AtomicFiles;
import org.lora4j.files.DirectoryReplacement;
import org.lora4j.hf.hub.SmallFiles;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelTensors;
import org.lora4j.json.PythonJson;
import org.lora4j.safetensors.FiniteBytes;
import org.lora4j.safetensors.SafeTensorsWriter;
import org.lora4j.safetensors.TensorData;
import org.lora4j.torch.TensorDtype;

/** Writes a plain model as a Hugging Face directory. */
public final class ModelSaver {
    /** The weights of an earlier model, which readers would take for this one's. */
    private static final Pattern WEIGHTS =
            Pattern.compile(
                    "(?:pytorch_)?model(?:-\\d{5}-of-\\d{5})?\\.(?:safetensors|bin)"
                            + "(?:\\.index\\.json)?");

    private ModelSaver() {}

    /** Returns whether a file or directory of an earlier model goes when it is replaced. */
    private static boolean isReplaced(String name) {
        return name.equals(ModelConfig.FILE)
                || WEIGHTS.matcher(name).matches()
                || SmallFiles.kind(name) != null
                || SmallFiles.isDirectory(name);
    }

    public static void save(LoadedModel model, TensorDtype dtype, Path directory)
            throws IOException {
        model.requireUnpacked(
                "saving the model", "save the adapter alone, or load it without quantisation");
        SavedParts parts =
                new SavedParts(
                        model.config(),
                        model.model()::describe,
                        model.files(),
                        model.model().files(),
                        model.ends().own());
        Map<String, Parameter> plain = ModelTensors.plain(model.block());
        SafeTensorsWriter weights = new SafeTensorsWriter();
        plain.forEach(
                (path, weight) -> {
                    NDArray array = weight.getArray();
                    TensorData data = TensorData.of(array, dtype);
                    add(weights, path, dtype, array.getShape(), data);
                });
        save(parts, weights, dtype, directory);
    }

    /**
     * Adds a tensor to a model's weights, whose numbers are finite or it is not written.
     *
     * @param weights the weights
     * @param path its name
     * @param dtype its precision
     * @param shape its shape
     * @param data its numbers in that precision
     */
    public static void add(
            SafeTensorsWriter weights,
            String path,
            TensorDtype dtype,
            Shape shape,
            TensorData data) {
        weights.add(path, dtype, shape, out -> data.writeTo(new FiniteBytes(out, path, dtype)));
    }

    /**
     * Saves a model, whole or not at all.
     *
     * @param parts what is written beside the weights
     * @param weights the weights, which are written one after another
     * @param dtype their precision
     * @param directory where to
     * @throws IOException if it is where the model is from, or holds an adapter, or cannot be
     *     written
     */
    public static void save(
            SavedParts parts, SafeTensorsWriter weights, TensorDtype dtype, Path directory)
            throws IOException {
        if (Files.exists(directory) && Files.isSameFile(directory, parts.config().directory())) {
            throw new IOException(
                    directory
                            + ": is where the model was loaded from; expected another directory, so"
                            + " that the base stays whole");
        }
        if (Files.exists(directory.resolve(PeftConfigFile.FILE_NAME))) {
            throw new IOException(
                    directory
                            + ": holds an adapter, for which transformers would take the model;"
                            + " expected another directory");
        }
        name(dtype);
        try (DirectoryReplacement place =
                DirectoryReplacement.begin(directory, ModelConfig.FILE, ModelSaver::isReplaced)) {
            write(parts, weights, dtype, place.staged());
            place.commit();
        }
    }

    private static void write(
            SavedParts parts, SafeTensorsWriter weights, TensorDtype dtype, Path directory)
            throws IOException {
        weights.writeModel(directory, SafeTensorsWriter.DEFAULT_MAX_SHARD_BYTES);
        for (Map.Entry<String, ModelFiles.Entry> file : parts.files().find().entrySet()) {
            byte[] bytes = file.getValue().bytes();
            Path target = directory.resolve(file.getKey());
            Files.createDirectories(Objects.requireNonNull(target.getParent()));
            AtomicFiles.write(target, out -> out.write(bytes));
        }
        for (Map.Entry<String, String> file : parts.more().entrySet()) {
            Path target = directory.resolve(file.getKey());
            Files.createDirectories(Objects.requireNonNull(target.getParent()));
            AtomicFiles.write(target, AtomicFiles.Content.of(file.getValue()));
        }
        GenerationConfigWriter.write(parts.ends(), parts.config(), directory);
        AtomicFiles.write(
                directory.resolve(ModelConfig.FILE),
                AtomicFiles.Content.of(PythonJson.write(config(parts, dtype)) + "\n"));
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

    private static JsonObject config(SavedParts parts, TensorDtype dtype) {
        JsonObject json = parts.config().json();
        json.remove("_name_or_path");
        json.addProperty("torch_dtype", name(dtype));
        json.remove("dtype");
        parts.describe().accept(json);
        return json;
    }
}
