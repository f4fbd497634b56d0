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
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.StepContext;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.BlockTree;
import org.lora4j.hf.DecoderGolden.Expected;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.torch.GradMode;

/** Decoders drop in training what transformers drops, counted by the step. */
final class DecoderDropoutTest {
    private static final double DROPPED = 0.3;

    @TempDir Path folder;

    /** A golden model whose configuration has other dropouts. */
    private LoraModel model(String name, String... keys) throws IOException {
        Path directory = DecoderGolden.model(folder, name);
        var json = Golden.json(directory.resolve("config.json"));
        for (String key : keys) {
            json.addProperty(key, DROPPED);
        }
        Files.writeString(directory.resolve("config.json"), json.toString());
        LoraModel model = LoraModel.load(directory, Task.causalLanguageModel());
        model.addAdapter("default", LoraConfig.builder().setRank(2).setAlpha(4).build());
        return model;
    }

    private static StepGradients gradients(LoraModel model, String name, int[]... batches) {
        return StepGradients.of(
                model, DecoderGolden.batches(DecoderGolden.expected(name), batches));
    }

    @ParameterizedTest
    @CsvSource({
        "llama, attention_dropout",
        "mistral, attention_dropout",
        "qwen2, attention_dropout",
        "qwen3, attention_dropout",
        "gemma2, attention_dropout",
        "phi3, attention_dropout",
        "phi3, resid_pdrop",
        "gpt2, attn_pdrop",
        "gpt2, resid_pdrop",
        "gpt2, embd_pdrop"
    })
    void aDropoutActsInTrainingAloneAndRepeats(String name, String key) throws IOException {
        int[] all = {0, 1, 2, 3};
        Expected data = DecoderGolden.expected(name);
        try (LoraModel without = model(name);
                LoraModel with = model(name, key)) {
            double plain = gradients(without, name, all).loss();
            StepGradients packed = gradients(with, name, all);
            assertThat(packed.loss()).isNotCloseTo(plain, within(1e-3));
            assertThat(gradients(with, name, all).loss()).isEqualTo(packed.loss());
            StepGradients apart =
                    gradients(with, name, new int[] {3, 1}, new int[] {2}, new int[] {0});
            assertThat(apart.loss()).isEqualTo(packed.loss(), within(1e-5));
            packed.byPath()
                    .forEach(
                            (path, gradient) ->
                                    assertThat(Golden.farthest(apart.byPath().get(path), gradient))
                                            .as(path)
                                            .isLessThan(1e-5));
            var tokens = DecoderGolden.packed(data.ids(), data.labels(), all);
            assertThat(DecoderGolden.logits(with, tokens))
                    .isEqualTo(DecoderGolden.logits(without, tokens));
            with.block().dropouts().set(false);
            assertThat(gradients(with, name, all).loss()).isEqualTo(plain);
        }
    }

    /** Dropped after the softmax and scaled by 1/(1-p): only then is the mean what it was. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "mistral", "qwen3", "gemma2", "phi3"})
    void theMeanOfAnAttentionOverStepsIsThatWithoutDropout(String name) throws IOException {
        int steps = 600;
        try (LoraModel model = model(name, "attention_dropout");
                NDManager scope = model.manager().newSubManager();
                GradMode off = GradMode.off()) {
            int[][] ids = DecoderGolden.expected(name).ids();
            float[] plain = attention(model, scope, ids, false, 0);
            double[] sum = new double[plain.length];
            double[] squares = new double[plain.length];
            for (int step = 0; step < steps; step++) {
                float[] found = attention(model, scope, ids, true, step);
                for (int i = 0; i < found.length; i++) {
                    sum[i] += found[i];
                    squares[i] += (double) found[i] * found[i];
                }
            }
            double scattered = 0;
            for (int i = 0; i < plain.length; i++) {
                double mean = sum[i] / steps;
                double variance = Math.max(0, squares[i] / steps - mean * mean);
                scattered = Math.max(scattered, variance);
                assertThat(mean)
                        .as("number %s", i)
                        .isEqualTo(
                                plain[i], within(1e-5 + 5.5 * Math.sqrt(variance / (steps - 1.0))));
            }
            assertThat(scattered).as("it scatters").isGreaterThan(1e-3);
        }
    }

    private static float[] attention(
            LoraModel model, NDManager outer, int[][] ids, boolean training, int step) {
        StepContext context = model.block().loraContext().steps();
        try (NDManager scope = outer.newSubManager()) {
            Pass pass = new Pass(new ParameterStore(scope, false), training);
            long[] tokens =
                    Arrays.stream(new int[][] {ids[0], ids[1]})
                            .flatMapToInt(Arrays::stream)
                            .asLongStream()
                            .toArray();
            int[] lengths = {ids[0].length, ids[1].length};
            long[] positions = new long[tokens.length];
            for (int i = 0; i < tokens.length; i++) {
                positions[i] = i < lengths[0] ? i : i - lengths[0];
            }
            context.begin(7, step);
            context.rows(new long[] {3, 8}, lengths);
            NDList state =
                    model.languageModel()
                            .embed(
                                    pass,
                                    new NDList(
                                            scope.create(tokens),
                                            scope.create(positions),
                                            scope.create(new long[] {lengths[0], lengths[1]})));
            NDArray out =
                    BlockTree.walk(model.block()).stream()
                            .filter(node -> node.path().equals("model.layers.1.self_attn"))
                            .findFirst()
                            .orElseThrow()
                            .block()
                            .forward(pass.store(), state, training)
                            .singletonOrThrow();
            float[] values = out.toFloatArray();
            context.end();
            return values;
        }
    }

    @Test
    void aProbabilityThatIsNoneIsNamed() throws IOException {
        Path directory = DecoderGolden.model(folder, "llama");
        for (String value : List.of("1.0", "-0.1", "\"much\"")) {
            String json =
                    Golden.json(directory.resolve("config.json"))
                            .toString()
                            .replaceAll(
                                    "\"attention_dropout\":[^,]*,",
                                    "\"attention_dropout\":" + value + ",");
            Files.writeString(directory.resolve("config.json"), json);
            assertThatThrownBy(() -> LoraModel.load(directory, Task.causalLanguageModel()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("attention_dropout");
        }
    }
}
