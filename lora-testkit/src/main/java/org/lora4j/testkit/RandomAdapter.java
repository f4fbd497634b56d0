/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.testkit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.safetensors.SafeTensorsWriter;

/** Adapters of numbers drawn at random, as if they were trained. */
public final class RandomAdapter {
    private RandomAdapter() {}

    /** Adds an adapter to a model, draws all its numbers and saves it. */
    public static Path write(Path model, Path adapter, LoraConfig config) throws IOException {
        return write(model, adapter, config, Task.of(ModelConfig.read(model)));
    }

    /** As the other, for a task that the model's files do not tell. */
    public static Path write(Path model, Path adapter, LoraConfig config, Task task)
            throws IOException {
        try (LoraModel base = LoraModel.load(model, task, LoadOptions.defaults())) {
            base.addAdapter("default", config);
            base.saveAdapter("default", adapter);
        }
        Path file = adapter.resolve("adapter_model.safetensors");
        SafeTensorsWriter writer = new SafeTensorsWriter();
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            try (SafeTensorsFile opened = SafeTensorsFile.open(file)) {
                for (String name : opened.names()) {
                    NDArray old = opened.readFloat32(manager, name);
                    writer.add(name, manager.randomNormal(old.getShape()).mul(0.3f));
                }
            }
            writer.write(file);
        }
        return adapter;
    }
}
