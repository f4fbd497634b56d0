/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.TargetModules;
import org.lora4j.core.TrainableTokensConfig;
import org.lora4j.torch.Torch;

/** Rows of some tokens that train by themselves: PEFT's method TRAINABLE_TOKENS. */
final class TrainableTokensMethodTest {
    private static final DecoderGolden.Expected DATA = DecoderGolden.expected("llama");
    private static final int[] TOKENS = {7, 3, 30};
    private static final String WORDS = "model.embed_tokens";
    private static final String DELTA = WORDS + ".trainable_tokens_delta";

    @TempDir Path folder;

    private LoraModel model(String name) throws IOException {
        return DecoderGolden.load(Files.createTempDirectory(folder, name), name);
    }

    private static float[] logits(LoraModel model) {
        return DecoderGolden.logits(
                model, DecoderGolden.packed(DATA.ids(), DATA.labels(), 0, 1, 2, 3));
    }

    private static StepGradients gradients(LoraModel model) {
        return StepGradients.of(model, DecoderGolden.batches(DATA, new int[][] {{0, 1, 2, 3}}));
    }

    private static void move(LoraModel model, String adapter) {
        Random random = new Random(3);
        Golden.adapter(model, adapter)
                .forEach(
                        (name, array) -> {
                            float[] values = array.toFloatArray();
                            for (int i = 0; i < values.length; i++) {
                                values[i] += (float) random.nextGaussian() * 0.3f;
                            }
                            try (NDArray moved =
                                    array.getManager().create(values, array.getShape())) {
                                Torch.copyInto(array, moved);
                            }
                        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-tied"})
    void theRowsAreThoseBesidePairsAndNothingElseTrains(String name) throws IOException {
        StepGradients beside;
        float[] plain;
        try (LoraModel model = model(name)) {
            plain = logits(model);
            model.addAdapter(
                    "default",
                    LoraConfig.builder()
                            .optTargetModules("q_proj")
                            .optTrainableTokenIndices(TOKENS)
                            .build());
            beside = gradients(model);
        }
        try (LoraModel model = model(name)) {
            model.addAdapter("default", TrainableTokensConfig.of(TOKENS));
            assertThat(Golden.farthest(logits(model), plain)).isLessThan(Golden.ROUNDING);
            assertThat(model.trainableParameters().trainable()).isEqualTo(TOKENS.length * 24L);
            StepGradients alone = gradients(model);
            assertThat(alone.loss()).isCloseTo(beside.loss(), within(1e-6));
            assertThat(alone.byPath()).containsOnlyKeys(DELTA);
            assertThat(alone.byPath().get(DELTA))
                    .containsExactly(
                            beside.byPath().get(WORDS + ".token_adapter.trainable_tokens_delta"),
                            within(1e-6f));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-tied"})
    void filesAndMergedModelsHaveTheRows(String name) throws IOException {
        Path saved = folder.resolve("saved");
        float[] adapted;
        try (LoraModel model = model(name)) {
            float[] plain = logits(model);
            model.addAdapter("default", TrainableTokensConfig.of(TOKENS));
            move(model, "default");
            adapted = logits(model);
            assertThat(Golden.farthest(adapted, plain)).isGreaterThan(0.01);
            model.saveAdapter("default", saved);
            model.deleteAdapter("default");
            assertThat(logits(model)).containsExactly(plain);
            model.loadAdapter("again", saved);
            assertThat(logits(model)).containsExactly(adapted);
            assertThat(model.trainableParameters().trainable()).isZero();
            model.trainAdapter("again");
            assertThat(model.trainingTask(CausalBatch.class).trainable())
                    .containsOnlyKeys(DELTA + " of again");
        }
        JsonObject config = Golden.json(saved.resolve("adapter_config.json"));
        assertThat(config.get("peft_type").getAsString()).isEqualTo("TRAINABLE_TOKENS");
        assertThat(config.get("target_modules").getAsString()).isEqualTo(WORDS);
        assertThat(config.get("token_indices")).hasToString("[7,3,30]");
        assertThat(config.keySet()).doesNotContain("modules_to_save", "r");
        LoraModel model = model(name);
        model.loadAdapter("default", saved);
        try (LoraModel merged = model.mergeAndUnload()) {
            assertThat(Golden.farthest(logits(merged), adapted)).isLessThan(1e-5);
        }
    }

    @Test
    void tablesByNameHaveRowsOfTheirOwn() throws IOException {
        try (LoraModel model = model("llama")) {
            TargetModules both =
                    LoraConfig.builder()
                            .optTargetModules("lm_head", "embed_tokens")
                            .build()
                            .targets();
            model.addAdapter("default", new TrainableTokensConfig(List.of(5, 9), both));
            assertThat(gradients(model).byPath())
                    .containsOnlyKeys(DELTA, "lm_head.trainable_tokens_delta");
        }
    }

    @Test
    void whatCannotBeIsRefusedByName() throws IOException {
        assertThatIllegalArgumentException()
                .isThrownBy(TrainableTokensConfig::of)
                .withMessageContaining("at least one token");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrainableTokensConfig.of(4, 4))
                .withMessageContaining("once");
        try (LoraModel model = model("llama")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.addAdapter("x", TrainableTokensConfig.of(41)))
                    .withMessageContaining(WORDS)
                    .withMessageContaining("41");
            TargetModules norm = LoraConfig.builder().optTargetModules("norm").build().targets();
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    model.addAdapter(
                                            "x", new TrainableTokensConfig(List.of(1), norm)))
                    .withMessageContaining("norm")
                    .withMessageContaining("row");
            model.addAdapter("rows", TrainableTokensConfig.of(1));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.addAdapter("ia3", Ia3Config.builder().build()))
                    .withMessageContaining("TRAINABLE_TOKENS");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.addAdapter("lora", LoraConfig.builder().build()))
                    .withMessageContaining("TRAINABLE_TOKENS");
        }
    }
}
