/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lora4j.hf.family.ModuleShape;
import org.lora4j.hf.family.ParameterInventory;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.safetensors.SafeTensorsWriter;
import org.lora4j.safetensors.TensorData;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.torch.TensorDtype;

/** Makes a Llama of 16 MB a layer, whose numbers are drawn as they are written. */
final class LargeLlama {
    private LargeLlama() {}

    static Path write(Path directory, int layers) throws IOException {
        TinyLlama.write(directory, 7);
        Path json = directory.resolve("config.json");
        String text = Files.readString(json);
        Files.writeString(
                json,
                text.replace("\"hidden_size\":48", "\"hidden_size\":512")
                        .replace("\"intermediate_size\":80", "\"intermediate_size\":2048")
                        .replace("\"num_hidden_layers\":2", "\"num_hidden_layers\":" + layers));
        SafeTensorsWriter writer = new SafeTensorsWriter();
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            for (ModuleShape module :
                    ParameterInventory.of(ModelConfig.read(directory)).modules()) {
                long out = module.outputs();
                Shape shape =
                        switch (module.kind()) {
                            case NORM -> new Shape(out);
                            case EMBEDDING -> new Shape(module.inputs(), out);
                            default -> new Shape(out, module.inputs());
                        };
                writer.add(
                        module.path() + ".weight",
                        TensorDtype.F32,
                        shape,
                        sink -> {
                            try (NDManager scope = manager.newSubManager()) {
                                TensorData.of(scope.randomNormal(shape).mul(0.02f)).writeTo(sink);
                            }
                        });
            }
            writer.writeModel(directory, SafeTensorsWriter.DEFAULT_MAX_SHARD_BYTES);
        }
        return directory;
    }
}
