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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
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
import org.lora4j.testkit.TinyLlama;

/** A GGUF file has the merged weights where llama.cpp looks for them. */
final class GgufExportTest {
    @TempDir Path folder;

    /** Reads the tensors of a file, as docs/gguf.md of ggml describes it. */
    private static Map<String, float[]> floats(Path file, Map<String, String> texts)
            throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(text(in, 4)).isEqualTo("GGUF");
        assertThat(in.getInt()).isEqualTo(3);
        long tensors = in.getLong();
        long entries = in.getLong();
        for (long i = 0; i < entries; i++) {
            String key = text(in, in.getLong());
            Object value = value(in, in.getInt());
            texts.put(key, value.toString());
        }
        Map<String, int[]> places = new HashMap<>();
        for (long i = 0; i < tensors; i++) {
            String name = text(in, in.getLong());
            int dimensions = in.getInt();
            int size = 1;
            for (int j = 0; j < dimensions; j++) {
                size *= (int) in.getLong();
            }
            assertThat(in.getInt()).as("F32").isZero();
            places.put(name, new int[] {size, (int) in.getLong()});
        }
        int begin = (in.position() + 31) / 32 * 32;
        Map<String, float[]> found = new HashMap<>();
        places.forEach(
                (name, place) -> {
                    float[] values = new float[place[0]];
                    in.position(begin + place[1])
                            .slice()
                            .order(in.order())
                            .asFloatBuffer()
                            .get(values);
                    found.put(name, values);
                });
        return found;
    }

    private static String text(ByteBuffer in, long length) {
        byte[] bytes = new byte[(int) length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static Object value(ByteBuffer in, int type) {
        return switch (type) {
            case 4, 5 -> in.getInt();
            case 6 -> in.getFloat();
            case 7 -> in.get() == 1;
            case 8 -> text(in, in.getLong());
            case 9 -> {
                int inner = in.getInt();
                StringBuilder all = new StringBuilder();
                for (long count = in.getLong(); count > 0; count--) {
                    all.append(value(in, inner)).append(' ');
                }
                yield all.toString();
            }
            default -> throw new IllegalStateException("type " + type);
        };
    }

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
            Map<String, float[]> tensors = floats(file, texts);
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
