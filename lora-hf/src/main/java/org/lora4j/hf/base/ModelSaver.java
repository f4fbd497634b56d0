/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import ai.djl.ndarray.NDArray;
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
import org.lora4j.safetensors.TensorDtype;

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
        if (Files.exists(directory) && Files.isSameFile(directory, model.directory())) {
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
            write(model, dtype, place.staged());
            place.commit();
        }
    }

    private static void write(LoadedModel model, TensorDtype dtype, Path directory)
            throws IOException {
        SafeTensorsWriter weights = new SafeTensorsWriter();
        for (Map.Entry<String, Parameter> weight : ModelTensors.plain(model.block()).entrySet()) {
            NDArray array = weight.getValue().getArray();
            TensorData data = TensorData.of(array, dtype);
            String path = weight.getKey();
            weights.add(
                    path,
                    dtype,
                    array.getShape(),
                    out -> data.writeTo(new FiniteBytes(out, path, dtype)));
        }
        weights.writeModel(directory, SafeTensorsWriter.DEFAULT_MAX_SHARD_BYTES);
        for (Map.Entry<String, ModelFiles.Entry> file : model.files().find().entrySet()) {
            byte[] bytes = file.getValue().bytes();
            Path target = directory.resolve(file.getKey());
            Files.createDirectories(Objects.requireNonNull(target.getParent()));
            AtomicFiles.write(target, out -> out.write(bytes));
        }
        for (Map.Entry<String, String> file : model.model().files().entrySet()) {
            Path target = directory.resolve(file.getKey());
            Files.createDirectories(Objects.requireNonNull(target.getParent()));
            AtomicFiles.write(target, AtomicFiles.Content.of(file.getValue()));
        }
        GenerationConfigWriter.write(model, directory);
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
