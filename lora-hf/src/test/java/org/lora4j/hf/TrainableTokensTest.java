/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.Combination;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.core.TrainableTokens;
import org.lora4j.torch.Torch;

/**
 * Rows of some tokens that train beside low-rank pairs, on tables that are tied and that are not.
 */
final class TrainableTokensTest {
    private static final DecoderGolden.Expected DATA = DecoderGolden.expected("llama");
    private static final int[] TOKENS = {7, 3, 30};
    private static final int WIDTH = 24;
    private static final String DELTA = ".token_adapter.trainable_tokens_delta";
    private static final String WORDS = "model.embed_tokens";

    @TempDir Path folder;

    private LoraModel model(String name) throws IOException {
        return DecoderGolden.load(Files.createTempDirectory(folder, name), name);
    }

    private static LoraConfigBuilder config() {
        return LoraConfig.builder().setRank(3).setAlpha(7).optTargetModules("q_proj");
    }

    private static float[] logits(LoraModel model) {
        return DecoderGolden.logits(
                model, DecoderGolden.packed(DATA.ids(), DATA.labels(), 0, 1, 2, 3));
    }

    private static StepGradients gradients(LoraModel model) {
        return StepGradients.of(model, DecoderGolden.batches(DATA, new int[][] {{0, 1, 2, 3}}));
    }

    private static void move(LoraModel model, String adapter, long seed) {
        Random random = new Random(seed);
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
    @ValueSource(strings = {"llama", "llama-tied", "gpt2"})
    void newRowsChangeNothing(String name) throws IOException {
        try (LoraModel model = model(name)) {
            float[] plain = logits(model);
            String target = name.equals("gpt2") ? "c_attn" : "q_proj";
            model.addAdapter(
                    "default",
                    config().optTargetModules(target).optTrainableTokenIndices(TOKENS).build());
            assertThat(Golden.farthest(logits(model), plain)).isLessThan(Golden.ROUNDING);
            long pairs = Golden.adapter(model, "default").size() - 1L;
            assertThat(pairs).isEqualTo(4);
            move(model, "default", 3);
            assertThat(Golden.farthest(logits(model), plain)).isGreaterThan(0.01);
            model.deleteAdapter("default");
            assertThat(logits(model)).containsExactly(plain);
        }
    }

    /** A whole table's gradient has the rows' gradients as its rows; a tied head adds its own. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-tied"})
    void gradientsAreThoseOfTheWholeTable(String name) throws IOException {
        boolean tied = name.equals("llama-tied");
        StepGradients whole;
        try (LoraModel model = model(name)) {
            LoraConfigBuilder all = config();
            model.addAdapter(
                    "default",
                    (tied
                                    ? all.optModulesToSave("embed_tokens", "lm_head")
                                    : all.optModulesToSave("embed_tokens"))
                            .build());
            whole = gradients(model);
        }
        float[] table = whole.byPath().get(WORDS + ".weight");
        float[] head = tied ? whole.byPath().get("lm_head.weight") : new float[table.length];
        try (LoraModel model = model(name)) {
            model.addAdapter("default", config().optTrainableTokenIndices(TOKENS).build());
            StepGradients rows = gradients(model);
            assertThat(rows.loss()).isCloseTo(whole.loss(), within(1e-6));
            float[] found = rows.byPath().get(WORDS + DELTA);
            assertThat(found).hasSize(TOKENS.length * WIDTH);
            double largest = 0;
            for (int i = 0; i < TOKENS.length; i++) {
                for (int j = 0; j < WIDTH; j++) {
                    int at = TOKENS[i] * WIDTH + j;
                    assertThat(found[i * WIDTH + j])
                            .as("token %d, %d", TOKENS[i], j)
                            .isCloseTo(table[at] + head[at], within(1e-5f));
                    largest = Math.max(largest, Math.abs(found[i * WIDTH + j]));
                }
            }
            assertThat(largest).isGreaterThan(1e-3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-tied"})
    void eachAdapterHasItsRowsAndOnlyOneIsActive(String name) throws IOException {
        try (LoraModel model = model(name)) {
            model.addAdapter("one", config().optTrainableTokenIndices(TOKENS).build());
            move(model, "one", 3);
            float[] one = logits(model);
            model.addAdapter("two", config().optTrainableTokenIndices(3, 9).build());
            move(model, "two", 4);
            float[] two = logits(model);
            assertThat(Golden.farthest(one, two)).isGreaterThan(0.01);
            model.setActive(AdapterSelection.of("one"));
            assertThat(logits(model)).containsExactly(one);
            model.setActive(new AdapterSelection(Map.of("one", 1.0, "two", 1.0)));
            assertThatThrownBy(() -> logits(model))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(WORDS)
                    .hasMessageContaining("expected one");
            model.setActive(AdapterSelection.of("two"));
            model.deleteAdapter("one");
            assertThat(logits(model)).containsExactly(two);
            model.saveAdapter("two", folder.resolve("two"));
            model.deleteAdapter("two");
            model.loadAdapter("again", folder.resolve("two"));
            assertThat(logits(model)).containsExactly(two);
            assertThat(model.trainableParameters().trainable()).isZero();
            model.trainAdapter("again");
            assertThat(model.trainingTask(CausalBatch.class).trainable())
                    .containsKey(WORDS + DELTA + " of again")
                    .hasSize(5);
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    model.addWeightedAdapter(
                                            "sum", AdapterSelection.of("again"), Combination.cat()))
                    .withMessageContaining(WORDS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-tied"})
    void mergedRowsAreTheTables(String name) throws IOException {
        LoraModel model = model(name);
        model.addAdapter("default", config().optTrainableTokenIndices(TOKENS).build());
        move(model, "default", 3);
        float[] adapted = logits(model);
        model.mergeAdapter(); // beside the weights
        assertThat(Golden.farthest(logits(model), adapted)).isLessThan(1e-5);
        model.unmergeAdapter();
        try (LoraModel merged = model.mergeAndUnload()) {
            assertThat(Golden.farthest(logits(merged), adapted)).isLessThan(1e-5);
            Path saved = folder.resolve("merged");
            merged.save(saved);
            assertThat(Files.readString(saved.resolve("config.json")))
                    .contains("\"tie_word_embeddings\": " + name.equals("llama-tied"));
            try (LoraModel again = LoraModel.load(saved, Task.causalLanguageModel())) {
                assertThat(logits(again)).containsExactly(logits(merged));
            }
        }
    }

    private void refused(String name, LoraConfig config, String... words) throws IOException {
        try (LoraModel model = model(name)) {
            float[] plain = logits(model);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.addAdapter("default", config))
                    .withMessageContainingAll(words);
            assertThat(logits(model)).containsExactly(plain);
            assertThat(model.adapterNames()).isEmpty();
        }
    }

    @Test
    void whatCannotBeIsRefusedByName() throws IOException {
        refused("llama", config().optTrainableTokenIndices(41).build(), WORDS, "41", "Resize");
        refused(
                "llama",
                config().optTrainableTokenIndices(5).optModulesToSave("embed_tokens").build(),
                WORDS,
                "whole");
        refused(
                "llama",
                config().optTrainableTokenIndices(5)
                        .optTargetModules("embed_tokens", "q_proj")
                        .build(),
                WORDS,
                "target");
        refused(
                "llama-tied",
                config().optTrainableTokenIndices(5).optTargetModules("lm_head", "q_proj").build(),
                "lm_head",
                "tied to " + WORDS);
        refused(
                "llama",
                config().optTrainableTokens(tokens("no_such")).build(),
                "no_such",
                "ends in");
        refused("llama", config().optTrainableTokens(tokens("norm")).build(), "norm", "row");
    }

    private static TrainableTokens tokens(String module) {
        return TrainableTokens.of(Map.of(module, List.of(1, 2)));
    }

    @Test
    void aRowThatOtherAdaptersHaveOtherwiseIsRefused() throws IOException {
        try (LoraModel model = model("llama")) {
            model.addAdapter("whole", config().optModulesToSave("embed_tokens").build());
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    model.addAdapter(
                                            "rows", config().optTrainableTokenIndices(1).build()))
                    .withMessageContaining(WORDS)
                    .withMessageContaining("other adapters");
        }
    }
}
