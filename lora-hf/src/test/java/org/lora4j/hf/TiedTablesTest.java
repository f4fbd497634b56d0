/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.torch.Torch;

/** Word tables and heads that an adapter of PEFT trains as one: ensure_weight_tying. */
final class TiedTablesTest {
    private static final DecoderGolden.Expected DATA = DecoderGolden.expected("llama");
    private static final Path FILES = Golden.golden("peft-files");

    private static final int RANK = 2;

    @TempDir Path folder;

    private LoraModel model(String adapter) throws IOException {
        LoraModel model =
                DecoderGolden.load(Files.createTempDirectory(folder, "base"), "llama-tied");
        model.loadAdapter("default", FILES.resolve(adapter));
        model.trainAdapter("default");
        return model;
    }

    private static StepGradients gradients(LoraModel model) {
        return StepGradients.of(model, DecoderGolden.batches(DATA, new int[][] {{0, 1, 2, 3}}));
    }

    /** The gradients of the same tensors where they are not tied. */
    private StepGradients apart(String adapter) throws IOException {
        Path untied = Files.createDirectories(folder.resolve("untied"));
        JsonObject config = Golden.json(FILES.resolve(adapter + "/adapter_config.json"));
        config.addProperty("ensure_weight_tying", false);
        if (adapter.equals("tying-target")) {
            config.getAsJsonArray("target_modules").add("lm_head");
        }
        Files.writeString(untied.resolve("adapter_config.json"), config.toString());
        Files.copy(
                FILES.resolve(adapter + "/adapter_model.safetensors"),
                untied.resolve("adapter_model.safetensors"));
        try (LoraModel model =
                DecoderGolden.load(Files.createTempDirectory(folder, "base"), "llama-tied")) {
            model.loadAdapter("default", untied);
            model.trainAdapter("default");
            return gradients(model);
        }
    }

    @Test
    void copiesAreOneTensorWithTheSumOfTheGradients() throws IOException {
        StepGradients apart = apart("tying-saved");
        float[] table = apart.byPath().get("model.embed_tokens.weight");
        float[] head = apart.byPath().get("lm_head.weight");
        float[] sum = new float[table.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = table[i] + head[i];
        }
        try (LoraModel model = model("tying-saved")) {
            StepGradients tied = gradients(model);
            assertThat(tied.loss()).isCloseTo(apart.loss(), within(1e-6));
            assertThat(tied.byPath()).hasSize(apart.byPath().size() - 1);
            float[] found =
                    tied.byPath().containsKey("lm_head.weight")
                            ? tied.byPath().get("lm_head.weight")
                            : tied.byPath().get("model.embed_tokens.weight");
            assertThat(found).containsExactly(sum, within(1e-5f));
            assertThat(Golden.farthest(found, new double[][] {wide(table)})).isGreaterThan(1e-3);

            Map<String, NDArray> tensors = Golden.adapter(model, "default");
            try (NDArray moved = tensors.get("lm_head.weight").add(0.5f)) {
                Torch.copyInto(tensors.get("lm_head.weight"), moved);
            }
            assertThat(tensors.get("model.embed_tokens.weight").toFloatArray())
                    .isEqualTo(tensors.get("lm_head.weight").toFloatArray());
            model.saveAdapter("default", folder.resolve("saved"));
            model.deleteAdapter("default");
            model.loadAdapter("again", folder.resolve("saved"));
        }
        JsonObject saved = Golden.json(folder.resolve("saved/adapter_config.json"));
        assertThat(saved.get("ensure_weight_tying").getAsBoolean()).isTrue();
    }

    private static double[] wide(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    @Test
    void pairsAreOneMemoryTransposed() throws IOException {
        try (LoraModel model = model("tying-target")) {
            Map<String, NDArray> tensors = Golden.adapter(model, "default");
            NDArray a = tensors.get("model.embed_tokens.lora_embedding_A");
            NDArray b = tensors.get("model.embed_tokens.lora_embedding_B");
            for (int round = 0; round < 2; round++) {
                assertThat(tensors.get("lm_head.lora_A.weight").toFloatArray())
                        .isEqualTo(b.transpose().toFloatArray());
                assertThat(tensors.get("lm_head.lora_B.weight").toFloatArray())
                        .isEqualTo(a.transpose().toFloatArray());
                for (NDArray each : new NDArray[] {a, b}) {
                    try (NDArray moved = each.mul(1.5f)) {
                        Torch.copyInto(each, moved);
                    }
                }
            }
            for (NDArray each : new NDArray[] {a, b}) {
                try (NDArray moved = each.div(2.25f)) {
                    Torch.copyInto(each, moved);
                }
            }
            // a step moves the memory by both gradients
            Map<String, float[]> tied = gradients(model).byPath();
            Map<String, float[]> apart = apart("tying-target").byPath();
            assertMoved(
                    tied, apart, "model.embed_tokens.lora_embedding_A", "lm_head.lora_B.weight");
            assertMoved(
                    tied, apart, "model.embed_tokens.lora_embedding_B", "lm_head.lora_A.weight");
            model.saveAdapter("default", folder.resolve("pairs"));
            Map<String, float[]> files =
                    Golden.tensors(folder.resolve("pairs/adapter_model.safetensors"));
            assertThat(files.get("base_model.model.lm_head.lora_A.weight"))
                    .isEqualTo(b.transpose().toFloatArray());
        }
    }

    /** One of the two has moved by the sum, wherever the step is measured first. */
    private static void assertMoved(
            Map<String, float[]> tied, Map<String, float[]> apart, String table, String head) {
        float[] own = apart.get(table);
        float[] other = apart.get(head);
        int rows = table.endsWith("_A") ? RANK : own.length / RANK;
        int columns = own.length / rows;
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                float sum = own[r * columns + c] + other[c * rows + r];
                float found = tied.get(table)[r * columns + c] + tied.get(head)[c * rows + r];
                assertThat(found).as("%s %d %d", table, r, c).isCloseTo(sum, within(1e-4f));
            }
        }
        float largest = 0;
        for (float value : other) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertThat(largest).isGreaterThan(1e-3f);
    }
}
