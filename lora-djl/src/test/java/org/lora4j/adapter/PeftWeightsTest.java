/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.safetensors.SafeTensorsWriter;
import org.lora4j.torchfile.TorchFileWriter;

final class PeftWeightsTest {
    @TempDir private Path folder = Path.of("");

    private Set<String> names(String... stored) throws IOException {
        SafeTensorsWriter writer = new SafeTensorsWriter();
        try (NDManager manager = NDManager.newBaseManager()) {
            for (String name : stored) {
                writer.add("base_model.model." + name, manager.zeros(new Shape(2)));
            }
            writer.write(folder.resolve("adapter_model.safetensors"));
        }
        try (PeftWeights weights = PeftWeights.open(folder)) {
            return weights.shapes().keySet();
        }
    }

    /** As peft 0.21.2 saves bias "all" of a RoBERTa, whose head is made of two layers. */
    @Test
    void aCopyThatRepeatsATensorStaysACopyThoughItHasTheAdaptersName() throws IOException {
        String[] stored = {
            "classifier.dense.bias",
            "classifier.modules_to_save.default.dense.bias",
            "classifier.original_module.dense.bias",
            "score.bias",
            "score.modules_to_save.bias",
        };
        assertThat(names(stored)).containsExactlyInAnyOrder(stored);
    }

    @Test
    void aCopyAloneIsTheModulesOwn() throws IOException {
        assertThat(names("classifier.modules_to_save.dense.bias", "x.lora_A.weight"))
                .containsExactlyInAnyOrder("classifier.dense.bias", "x.lora_A.weight");
        assertThat(names("classifier.modules_to_save.own.dense.bias", "x.lora_A.own.weight"))
                .containsExactlyInAnyOrder("classifier.dense.bias", "x.lora_A.weight");
        assertThat(names("embed_tokens.modules_to_save.weight", "x.lora_A.weight"))
                .containsExactlyInAnyOrder("embed_tokens.weight", "x.lora_A.weight");
    }

    /**
     * PEFT's own loading asks for the tensors without modules_to_save, whatever the parts' names.
     */
    @Test
    void aCopyOfAPartIsNotTakenForOneWithAnAdaptersName() throws IOException {
        assertThat(names("head.weight", "head.modules_to_save.dense.weight"))
                .containsExactlyInAnyOrder("head.weight", "head.dense.weight");
        assertThat(
                        names(
                                "head.out.weight",
                                "head.dense.bias",
                                "head.modules_to_save.dense.out.weight"))
                .containsExactlyInAnyOrder(
                        "head.out.weight", "head.dense.bias", "head.dense.out.weight");
        String[] repeated = {"head.out.weight", "head.modules_to_save.own.out.weight"};
        assertThat(names(repeated)).containsExactlyInAnyOrder(repeated);
    }

    /** A float64 adapter keeps its numbers, whichever kind of file it lies in. */
    @Test
    void doublesStayDoublesInBothKindsOfFile() throws IOException {
        double[] values = {Math.PI, -1e-300, 1 + Math.ulp(1.0), 70000.125, 3, -0.0};
        String name = "base_model.model.x.lora_A.weight";
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.create(values, new Shape(2, 3));
            Path tensors = Files.createDirectory(folder.resolve("tensors"));
            new SafeTensorsWriter()
                    .add(name, array)
                    .write(tensors.resolve("adapter_model.safetensors"));
            Path pickle = Files.createDirectory(folder.resolve("pickle"));
            new TorchFileWriter().add(name, array).write(pickle.resolve("adapter_model.bin"));
            for (Path directory : List.of(tensors, pickle)) {
                try (PeftWeights weights = PeftWeights.open(directory)) {
                    NDArray read = weights.read(manager, "x.lora_A.weight");
                    assertThat(read.getDataType()).isEqualTo(DataType.FLOAT64);
                    assertThat(read.toDoubleArray()).as("%s", directory).isEqualTo(values);
                }
            }
        }
    }
}
