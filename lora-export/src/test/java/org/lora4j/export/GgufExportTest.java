/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.export.gguf.GgufType;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.testkit.RandomAdapter;
import org.lora4j.testkit.TinyLlama;

/** A GGUF file has the merged weights where llama.cpp looks for them. */
final class GgufExportTest {
    @TempDir Path folder;

    @Test
    void mergedWeightsHaveLlamaCppsNamesAndOrder() throws IOException {
        Path model = TinyLlama.write(folder.resolve("model"), 7);
        LoraConfig config =
                LoraConfig.builder().setRank(3).setAlpha(5).optTargetModules("q_proj").build();
        Path adapter = RandomAdapter.write(model, folder.resolve("adapter"), config);
        Path file = folder.resolve("model.gguf");
        Map<String, String> texts = new HashMap<>();
        try (LoraModel adapted = LoraModel.load(model, adapter, LoadOptions.defaults());
                LoraModel merged = adapted.mergeAndUnload()) {
            GgufExport.write(merged, file, GgufType.F32);
            Map<String, float[]> tensors = GgufRead.floats(file, texts);
            assertThat(tensors).hasSize(2 * 9 + 3);
            Map<String, NDArray> weights = ModelWeights.merged(merged);
            assertThat(tensors.get("blk.1.ffn_down.weight"))
                    .containsExactly(floats(weights, "model.layers.1.mlp.down_proj.weight"));
            assertThat(tensors.get("output.weight"))
                    .containsExactly(floats(weights, "lm_head.weight"));
            float[] rows = floats(weights, "model.layers.0.self_attn.q_proj.weight");
            float[] paired = tensors.get("blk.0.attn_q.weight");
            int width = 12; // of a head, in 4 heads of a model 48 wide
            for (int row = 0; row < 48; row++) {
                int place = row % width;
                int to = row - place + (place < 6 ? 2 * place : 2 * (place - 6) + 1);
                for (int column = 0; column < 48; column++) {
                    assertThat(paired[to * 48 + column]).isEqualTo(rows[row * 48 + column]);
                }
            }
        }
        assertThat(texts)
                .containsEntry("general.architecture", "llama")
                .containsEntry("llama.attention.head_count_kv", "2")
                .containsEntry("llama.rope.dimension_count", "12")
                .containsEntry("tokenizer.ggml.model", "gpt2")
                .containsEntry("tokenizer.ggml.pre", "gpt-2")
                .containsEntry("tokenizer.ggml.bos_token_id", "256")
                .containsEntry("tokenizer.ggml.add_bos_token", "true");
    }

    private static float[] floats(Map<String, NDArray> weights, String name) {
        NDArray found = weights.get(name);
        assertThat(found).as(name).isNotNull();
        return found.toFloatArray();
    }

    @Test
    void whatLlamaCppCannotHonourIsRefused() throws IOException {
        Path model = TinyLlama.write(folder.resolve("model"), 7);
        Path config = model.resolve("config.json");
        String text = Files.readString(config);
        Files.writeString(config, text.replace("\"silu\"", "\"gelu\""));
        Path file = folder.resolve("model.gguf");
        try (LoraModel loaded = LoraModel.load(model, Task.causalLanguageModel())) {
            assertThatThrownBy(() -> GgufExport.write(loaded, file, GgufType.F16))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("the activation is GELU");
        }
        String rope = "\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 2.0}, ";
        Files.writeString(config, text.replaceFirst("\"hidden_act", rope + "\"hidden_act"));
        try (LoraModel loaded = LoraModel.load(model, Task.causalLanguageModel())) {
            assertThatThrownBy(() -> GgufExport.write(loaded, file, GgufType.F16))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("rope type \"yarn\" has no GGUF form here");
        }
        assertThat(file).doesNotExist();
    }
}
