/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.torch.GradMode;

/** An adapter that acts from its invocation on, against the base and a plain adapter. */
@Tag("once-per-jdk")
final class InvokedAdapterTest {
    private static final float NOISE = 1e-5f;
    private static final int[] WITH = {3, 9, 7, 11, 7, 5};
    private static final int[] AT_FIRST = {7, 11, 2, 3};
    private static final int[] WITHOUT = {8, 10, 2, 11, 7};

    @TempDir Path folder;

    private static LoraConfigBuilder config() {
        return LoraConfig.builder()
                .setRank(2)
                .setAlpha(3)
                .optTargetModules("q_proj", "v_proj", "down_proj");
    }

    private LoraModel model() throws IOException {
        LoraModel model = DecoderGolden.load(folder, "llama");
        LoraVariant variant = new LoraVariant.Activated(List.of(7, 11));
        model.addAdapter("plain", config().build());
        model.addAdapter("invoked", config().optVariant(variant).build());
        MixedBatchTest.disturb(model, "plain", 4);
        MixedBatchTest.disturb(model, "invoked", 4);
        return model;
    }

    private static float[] logits(LoraModel model, String adapter, int... text) {
        model.setActive(adapter.isEmpty() ? AdapterSelection.none() : AdapterSelection.of(adapter));
        long[] ids = Arrays.stream(text).asLongStream().toArray();
        try (NDManager scope = model.manager().newSubManager();
                GradMode off = GradMode.off()) {
            NDArray array = scope.create(ids, new Shape(1, ids.length));
            return model.block()
                    .forward(new ParameterStore(scope, false), new NDList(array), false)
                    .singletonOrThrow()
                    .toFloatArray();
        }
    }

    @Test
    void tokensBeforeTheInvocationAreTheBases() throws IOException {
        try (LoraModel model = model()) {
            float[] base = logits(model, "", WITH);
            float[] plain = logits(model, "plain", WITH);
            float[] invoked = logits(model, "invoked", WITH);
            int words = base.length / WITH.length;
            int start = 2 * words;
            assertThat(Arrays.copyOf(invoked, start))
                    .containsExactly(Arrays.copyOf(base, start), within(NOISE));
            for (int token = 2; token < WITH.length; token++) {
                int from = token * words;
                int to = from + words;
                float[] own = Arrays.copyOfRange(invoked, from, to);
                assertThat(distance(own, Arrays.copyOfRange(base, from, to))).isGreaterThan(0.01f);
                assertThat(distance(own, Arrays.copyOfRange(plain, from, to))).isGreaterThan(0.01f);
            }
            assertThat(logits(model, "invoked", AT_FIRST))
                    .containsExactly(logits(model, "plain", AT_FIRST), within(NOISE));
            assertThat(logits(model, "invoked", WITHOUT))
                    .containsExactly(logits(model, "", WITHOUT), within(NOISE));
        }
    }

    private static float distance(float[] a, float[] b) {
        float most = 0;
        for (int i = 0; i < a.length; i++) {
            most = Math.max(most, Math.abs(a[i] - b[i]));
        }
        return most;
    }

    @Test
    void whatFollowsAPromptIsReadAsItsPromptSays() throws IOException {
        try (LoraModel model = model()) {
            model.setActive(AdapterSelection.of("invoked"));
            GenerationConfig config =
                    GenerationConfig.builder().optMaxNewTokens(4).optTemperature(0).build();
            List<int[]> prompts = List.of(WITHOUT, WITH, AT_FIRST);
            for (int i = 0; i < prompts.size(); i++) {
                List<Integer> made =
                        TextGenerator.of(model).generateIds(prompts, config).get(i).generatedIds();
                String adapter = i == 0 ? "" : "invoked";
                int[] text = prompts.get(i);
                for (int id : made) {
                    float[] all = logits(model, adapter, text);
                    int words = all.length / text.length;
                    float[] last = Arrays.copyOfRange(all, all.length - words, all.length);
                    assertThat(last[id]).isEqualTo(max(last), within(NOISE));
                    text = Arrays.copyOf(text, text.length + 1);
                    text[text.length - 1] = id;
                }
                model.setActive(AdapterSelection.of("invoked"));
            }
        }
    }

    private static float max(float[] values) {
        float most = values[0];
        for (float value : values) {
            most = Math.max(most, value);
        }
        return most;
    }

    @Test
    void itIsNeitherMergedNorForOtherModels() throws IOException {
        LoraVariant variant = new LoraVariant.Activated(List.of(7));
        try (LoraModel model = model()) {
            assertThatThrownBy(model::mergeAdapter)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("invoked", "aLoRA");
            assertThatThrownBy(model::mergeAndUnload)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("invoked", "aLoRA");
            assertThatThrownBy(
                            () ->
                                    model.addAdapter(
                                            "words",
                                            LoraConfig.builder()
                                                    .optTargetModules("embed_tokens")
                                                    .optVariant(variant)
                                                    .build()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("embed_tokens", "aLoRA");
        }
        Task task = Task.sequenceClassification("a", "b");
        try (LoraModel model = LoraModel.load(DecoderGolden.model(folder, "llama"), task)) {
            LoraConfig config = config().optVariant(variant).build();
            assertThatThrownBy(() -> model.addAdapter("a", config))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("language models");
        }
    }

    @Test
    void aFileSaysFromWhereOnAnAdapterActs() throws IOException {
        Path saved = folder.resolve("saved");
        float[] expected;
        try (LoraModel model = model()) {
            model.saveAdapter("invoked", saved);
            expected = logits(model, "invoked", WITH);
        }
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            model.loadAdapter("again", saved);
            assertThat(logits(model, "again", WITH)).containsExactly(expected, within(NOISE));
        }
    }
}
