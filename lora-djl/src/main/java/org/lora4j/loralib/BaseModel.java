/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.safetensors.JsonFile;
import org.lora4j.safetensors.SafeTensors;
import org.lora4j.torchfile.InvalidTorchFileException;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchfile.TorchFile;

/** The tensors of a base model's directory: safetensors, else pytorch_model.bin or its shards. */
final class BaseModel implements AutoCloseable {
    private static final String PICKLED = "pytorch_model.bin";
    private static final String PICKLED_INDEX = "pytorch_model.bin.index.json";

    private final List<AutoCloseable> open = new ArrayList<>();
    private final Map<String, LazyTensor> tensors = new LinkedHashMap<>();

    private BaseModel() {}

    static BaseModel open(Path directory) throws IOException {
        BaseModel model = new BaseModel();
        try {
            model.read(directory);
            return model;
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private void read(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new NoSuchFileException(
                    directory.toString(), null, "expected the base model's directory");
        }
        if (Files.exists(directory.resolve(SafeTensors.MODEL_FILE))
                || Files.exists(directory.resolve(SafeTensors.INDEX_FILE))) {
            SafeTensors file = SafeTensors.open(directory);
            open.add(file);
            file.names().forEach(name -> tensors.put(name, LazyTensor.of(file, name)));
        } else if (Files.exists(directory.resolve(PICKLED))) {
            readPickled(directory.resolve(PICKLED));
        } else if (Files.exists(directory.resolve(PICKLED_INDEX))) {
            for (String shard : shards(directory.resolve(PICKLED_INDEX))) {
                readPickled(directory.resolve(shard));
            }
        } else {
            throw new NoSuchFileException(
                    directory.toString(),
                    null,
                    "expected "
                            + SafeTensors.MODEL_FILE
                            + " or "
                            + PICKLED
                            + ", or the index of one, in it");
        }
    }

    private void readPickled(Path file) throws IOException {
        TorchFile pickled = TorchFile.open(file);
        open.add(pickled);
        Map<String, LazyTensor> root = pickled.stateDicts().get("");
        if (root == null) {
            throw new InvalidTorchFileException(file, "expected a state dict, found none");
        }
        tensors.putAll(root);
    }

    private static Set<String> shards(Path index) throws IOException {
        Set<String> shards = new LinkedHashSet<>();
        try {
            JsonObject map = JsonFile.readObject(index).getAsJsonObject("weight_map");
            if (map == null) {
                throw new IOException(index + ": expected a weight_map, found none");
            }
            for (Map.Entry<String, JsonElement> entry : map.entrySet()) {
                String shard = entry.getValue().getAsString();
                if (!shard.matches("[\\w.-]+") || shard.startsWith(".")) {
                    throw new IOException(index + ": a shard is no plain file name");
                }
                shards.add(shard);
            }
        } catch (IllegalStateException | ClassCastException | UnsupportedOperationException e) {
            throw new IOException(index + ": expected an object with weight_map", e);
        }
        return shards;
    }

    Map<String, LazyTensor> tensors() {
        return tensors;
    }

    @Nullable LazyTensor find(String name) {
        return tensors.get(name);
    }

    /** The paths of all modules that hold a weight. */
    Set<String> modules() {
        Set<String> modules = new LinkedHashSet<>();
        for (String name : tensors.keySet()) {
            if (name.endsWith(".weight")) {
                modules.add(name.substring(0, name.length() - ".weight".length()));
            }
        }
        return modules;
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (AutoCloseable file : open) {
            try {
                file.close();
            } catch (Exception e) {
                failure = new IOException("a file of the base model could not be closed", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
