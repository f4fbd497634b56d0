/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.safetensors.SafeTensorsWriter;

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
}
