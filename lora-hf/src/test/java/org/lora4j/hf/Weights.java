/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.safetensors.SafeTensorsWriter;

/** Changes a checkpoint of one file. */
public final class Weights {
    private Weights() {}

    public static void edit(Path directory, Consumer<Map<String, NDArray>> change)
            throws IOException {
        editFile(directory.resolve("model.safetensors"), change);
    }

    public static void editFile(Path file, Consumer<Map<String, NDArray>> change)
            throws IOException {
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            Map<String, NDArray> tensors = new TreeMap<>();
            try (SafeTensorsFile opened = SafeTensorsFile.open(file)) {
                for (String name : opened.names()) {
                    tensors.put(name, opened.readFloat32(manager, name));
                }
            }
            change.accept(tensors);
            SafeTensorsWriter writer = new SafeTensorsWriter();
            tensors.forEach(writer::add);
            writer.write(file);
        }
    }
}
