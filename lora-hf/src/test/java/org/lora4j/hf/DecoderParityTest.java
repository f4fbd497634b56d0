/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.adapter.AdapterMismatchException;
import org.lora4j.block.AdapterSelection;
import org.lora4j.hf.DecoderGolden.Expected;
import org.lora4j.train.LearningRateSchedule;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.WarmUp;

/** Decoders of every family compute and train as transformers and PEFT have them. */
final class DecoderParityTest {
    private static final int[] ALL = {0, 1, 2, 3};

    @TempDir Path folder;

    @ParameterizedTest
    @MethodSource("org.lora4j.hf.DecoderGolden#models")
    void logitsAreTransformers(String name) throws IOException {
        Expected expected = DecoderGolden.expected(name);
        double[] theirs = DecoderGolden.flat(expected.logits());
        double[] exact = DecoderGolden.flat(expected.logits64());
        double limit = 0;
        for (int i = 0; i < exact.length; i++) {
            limit = Math.max(limit, Math.abs(theirs[i] - exact[i]));
        }
        try (LoraModel model = DecoderGolden.load(folder, name)) {
            float[] found =
                    DecoderGolden.logits(
                            model, DecoderGolden.packed(expected.ids(), expected.labels(), ALL));
            assertThat(DecoderGolden.farthest(found, theirs)).isLessThan(1e-4);
            assertThat(DecoderGolden.farthest(found, exact))
                    .isLessThanOrEqualTo(Math.max(2 * limit, Golden.ROUNDING));
        }
    }

    @ParameterizedTest
    @MethodSource("org.lora4j.hf.DecoderGolden#models")
    void paddingOnEitherSideChangesNothing(String name) throws IOException {
        Expected expected = DecoderGolden.expected(name);
        try (LoraModel model = DecoderGolden.load(folder, name)) {
            for (boolean left : new boolean[] {false, true}) {
                double[][][] theirs = left ? expected.left() : expected.right();
                float[] found = DecoderGolden.padded(model, expected.ids(), left);
                int width = theirs[0].length;
                int size = theirs[0][0].length;
                for (int row = 0; row < theirs.length; row++) {
                    int length = expected.ids()[row].length;
                    int first = left ? width - length : 0;
                    for (int i = 0; i < width; i++) {
                        boolean token = i >= first && i < first + length;
                        for (int c = 0; c < size; c++) {
                            double value = found[(row * width + i) * size + c];
                            double wanted = token ? theirs[row][i][c] : 0;
                            assertThat(value).isEqualTo(wanted, within(1e-4));
                        }
                    }
                }
            }
        }
    }

    private LoraModel adapted(String name) throws IOException {
        return LoraModel.load(
                DecoderGolden.model(folder, name),
                DecoderGolden.file(name + "-adapter"),
                LoadOptions.defaults());
    }

    @ParameterizedTest
    @MethodSource("org.lora4j.hf.DecoderGolden#models")
    void anAdaptersLogitsArePefts(String name) throws IOException {
        Expected expected = DecoderGolden.expected(name);
        double[] theirs = DecoderGolden.flat(expected.adapter().logits());
        var tokens = DecoderGolden.packed(expected.ids(), expected.labels(), ALL);
        try (LoraModel model = adapted(name)) {
            float[] found = DecoderGolden.logits(model, tokens);
            assertThat(DecoderGolden.farthest(found, theirs)).isLessThan(1e-4);
            model.setActive(AdapterSelection.none());
            assertThat(DecoderGolden.farthest(DecoderGolden.logits(model, tokens), theirs))
                    .as("without the adapter")
                    .isGreaterThan(1e-2);
        }
    }

    /** PEFT writes the head's own weight into the file of an adapter that targets it. */
    @Test
    void aCopyOfTheBaseInAFileMustBeTheBase() throws IOException {
        assertThat(DecoderGolden.tensors("llama-adapter/adapter_model.safetensors"))
                .containsKey("base_model.model.lm_head.base_layer.weight");
        Path other = DecoderGolden.model(folder, "llama");
        LoraModel.load(other, DecoderGolden.file("llama-adapter"), LoadOptions.defaults()).close();
        Map<String, float[]> tensors = DecoderGolden.tensors("llama/model.safetensors");
        tensors.get("lm_head.weight")[7] += 1e-6f;
        DecoderGolden.write(tensors, "llama", other.resolve("model.safetensors"));
        assertThatThrownBy(
                        () ->
                                LoraModel.load(
                                        other,
                                        DecoderGolden.file("llama-adapter"),
                                        LoadOptions.defaults()))
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessageContaining("copy of a base weight");
    }

    /** The largest absolute value, at least 1. */
    private static double largest(float[] values) {
        double most = 1;
        for (float value : values) {
            most = Math.max(most, Math.abs(value));
        }
        return most;
    }

    @ParameterizedTest
    @MethodSource("org.lora4j.hf.DecoderGolden#models")
    void gradientsArePefts(String name) throws IOException {
        Expected expected = DecoderGolden.expected(name);
        Map<String, float[]> theirs = DecoderGolden.tensors(name + "-gradients.safetensors");
        try (LoraModel model = adapted(name)) {
            model.trainAdapter("default");
            CausalBatch batch =
                    new CausalBatch(DecoderGolden.packed(expected.ids(), expected.labels(), ALL));
            StepGradients found = StepGradients.of(model, List.of(batch));
            assertThat(found.loss()).isEqualTo(expected.adapter().losses()[0], within(1e-5));
            assertThat(found.byPath().keySet()).isEqualTo(theirs.keySet());
            found.byPath()
                    .forEach(
                            (path, gradient) ->
                                    assertThat(Golden.farthest(gradient, theirs.get(path)))
                                            .as(path)
                                            .isLessThan(1e-5 * largest(theirs.get(path))));
        }
    }

    @ParameterizedTest
    @MethodSource("org.lora4j.hf.DecoderGolden#models")
    void sixStepsOfAdamWGivePeftsLossesAndTensors(String name) throws IOException {
        Expected expected = DecoderGolden.expected(name);
        Map<String, float[]> theirs = DecoderGolden.tensors(name + "-trained.safetensors");
        try (LoraModel model = adapted(name)) {
            model.trainAdapter("default");
            LoraTrainingResult result =
                    LoraTrainer.builder(model)
                            .setDataset(
                                    StepGradients.fixed(
                                            DecoderGolden.batches(
                                                    expected, new int[][] {{2, 0}, {1, 3}})))
                            .optConfig(
                                    c ->
                                            c.optSteps(6)
                                                    .optAccumulation(2)
                                                    .optLearningRate(0.01)
                                                    .optWeightDecay(0.02)
                                                    .optClipNorm(0)
                                                    .optSchedule(
                                                            LearningRateSchedule.constant(
                                                                    WarmUp.none())))
                            .build()
                            .fit();
            double[] losses = expected.adapter().losses();
            for (int i = 0; i < losses.length; i++) {
                assertThat(result.lossByStep().get(i))
                        .as("the loss of step %s", i + 1)
                        .isEqualTo(losses[i], within(1e-4));
            }
            Map<String, float[]> found = new LinkedHashMap<>();
            Golden.adapter(model, "default")
                    .forEach((path, array) -> found.put(path, array.toFloatArray()));
            assertThat(found.keySet()).isEqualTo(theirs.keySet());
            found.forEach(
                    (path, values) ->
                            assertThat(Golden.farthest(values, theirs.get(path)))
                                    .as(path)
                                    .isLessThan(1e-4));
        }
    }
}
