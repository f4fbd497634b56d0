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
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.AdapterSelection;
import org.lora4j.hf.BertParityTest.Gradients;
import org.lora4j.hf.Golden.Rows;
import org.lora4j.text.TokenizedExample;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LearningRateSchedule;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.WarmUp;

/** An adapter of PEFT's computes and trains as it does there. */
final class PeftParityTest {
    private static final JsonObject TRAINING =
            Golden.json(Golden.file("adapter/expected.json")).getAsJsonObject("training");

    @TempDir Path folder;

    private LoraModel load() throws IOException {
        return LoraModel.load(
                Golden.model(folder, "bare"), Golden.file("adapter"), LoadOptions.defaults());
    }

    @Test
    void logitsArePefts() throws IOException {
        try (LoraModel model = load()) {
            double ours = 0;
            double theirs = 0;
            for (Rows rows : Golden.batches("adapter")) {
                float[] logits = Golden.logits(model, rows.padded());
                assertThat(Golden.farthest(logits, rows.logits())).isLessThan(1e-4);
                ours = Math.max(ours, Golden.farthest(logits, rows.logits64()));
                theirs = Math.max(theirs, Golden.farthest(rows.logits(), rows.logits64()));
            }
            assertThat(ours).as("the distance from float64").isLessThanOrEqualTo(2 * theirs);
            Rows rows = Golden.batches("adapter").get(0);
            model.setActive(AdapterSelection.none());
            assertThat(Golden.farthest(Golden.logits(model, rows.padded()), rows.logits()))
                    .as("without the adapter")
                    .isGreaterThan(1e-2);
        }
    }

    /** As a DJL block, on masks that no tokenizer of ours makes. */
    @Test
    void masksMayHideAnyTokens() throws IOException {
        JsonObject masked =
                Golden.json(Golden.file("adapter/expected.json")).getAsJsonObject("masked");
        double[][] expected = new Gson().fromJson(masked.get("logits"), double[][].class);
        try (LoraModel model = load();
                NDManager scope = model.manager().newSubManager()) {
            NDList inputs =
                    new NDList(
                            numbers(scope, masked.get("ids")), numbers(scope, masked.get("mask")));
            NDList logits = model.block().forward(new ParameterStore(scope, false), inputs, false);
            assertThat(Golden.farthest(logits.singletonOrThrow().toFloatArray(), expected))
                    .isLessThan(1e-5);
            NDList narrow = new NDList(inputs.get(0), inputs.get(1).get(":, :6"));
            assertThatThrownBy(
                            () ->
                                    model.block()
                                            .forward(
                                                    new ParameterStore(scope, false),
                                                    narrow,
                                                    false))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("attention mask (3, 6) for token ids (3, 7)");
        }
    }

    private static NDArray numbers(NDManager manager, JsonElement rows) {
        long[][] all = new Gson().fromJson(rows, long[][].class);
        long[] flat = Arrays.stream(all).flatMapToLong(Arrays::stream).toArray();
        return manager.create(flat, new Shape(all.length, all[0].length));
    }

    @Test
    void gradientsArePefts() throws IOException {
        Map<String, float[]> expected = Golden.tensors("adapter/gradients.safetensors");
        try (LoraModel model = load()) {
            model.trainAdapter("default");
            Gradients found = Gradients.of(model, batch(rows()[0]));
            assertThat(found.loss()).isEqualTo(losses()[0], within(1e-5));
            assertThat(found.byPath().keySet()).isEqualTo(expected.keySet());
            found.byPath()
                    .forEach(
                            (path, gradient) ->
                                    assertThat(Golden.farthest(gradient, expected.get(path)))
                                            .as(path)
                                            .isLessThan(1e-4));
            // PEFT's own error, of the padded batch and of its texts one by one
            double theirs =
                    Math.max(
                            fromExact(expected),
                            fromExact(Golden.tensors("adapter/gradients_alone.safetensors")));
            assertThat(fromExact(found.byPath()))
                    .as("the distance from float64")
                    .isLessThanOrEqualTo(2 * theirs);
        }
    }

    private static double fromExact(Map<String, float[]> gradients) {
        Map<String, double[]> exact = Golden.doubles("adapter/gradients64.safetensors");
        double most = 0;
        for (Map.Entry<String, double[]> entry : exact.entrySet()) {
            double[][] truth = {entry.getValue()};
            most = Math.max(most, Golden.farthest(gradients.get(entry.getKey()), truth));
        }
        return most;
    }

    @Test
    void tenStepsOfAdamWGivePeftsLossesAndTensors() throws IOException {
        Map<String, float[]> expected = Golden.tensors("adapter/trained.safetensors");
        try (LoraModel model = load()) {
            Map<String, float[]> base = Golden.base(model);
            LoraTrainingResult result = train(model, config().build());
            double[] losses = losses();
            for (int i = 0; i < losses.length; i++) {
                assertThat(result.lossByStep().get(i))
                        .as("the loss of step %s", i + 1)
                        .isEqualTo(losses[i], within(1e-4));
            }
            Map<String, float[]> found = new LinkedHashMap<>();
            Golden.adapter(model, "default")
                    .forEach((name, array) -> found.put(name, array.toFloatArray()));
            assertThat(found.keySet()).isEqualTo(expected.keySet());
            found.forEach(
                    (name, values) ->
                            assertThat(Golden.farthest(values, expected.get(name)))
                                    .as(name)
                                    .isLessThan(1e-4));
            Golden.base(model)
                    .forEach(
                            (name, values) ->
                                    assertThat(values).as(name).isEqualTo(base.get(name)));
        }
    }

    @Test
    void anotherRateOrOrderOrScaleIsNoticed() throws IOException {
        assertThat(deviation(config().optLearningRate(1.5e-3).build())).isGreaterThan(2e-4);
        assertThat(deviation(config().optWeightDecay(0.5).build())).isGreaterThan(2e-4);
        assertThat(deviation(config().optBetas(0.8, 0.999).build())).isGreaterThan(2e-4);
        assertThat(
                        deviation(
                                config().optSchedule(
                                                LearningRateSchedule.constant(WarmUp.ofRatio(0.2)))
                                        .build()))
                .isGreaterThan(2e-4);
    }

    private double deviation(LoraTrainingConfig config) throws IOException {
        Map<String, float[]> expected = Golden.tensors("adapter/trained.safetensors");
        try (LoraModel model = load()) {
            train(model, config);
            double most = 0;
            for (var entry : Golden.adapter(model, "default").entrySet()) {
                float[] values = entry.getValue().toFloatArray();
                most = Math.max(most, Golden.farthest(values, expected.get(entry.getKey())));
            }
            return most;
        }
    }

    private static LoraTrainingConfig.Builder config() {
        return LoraTrainingConfig.builder()
                .optSteps(10)
                .optLearningRate(TRAINING.get("lr").getAsDouble())
                .optWeightDecay(TRAINING.get("weight_decay").getAsDouble())
                .optClipNorm(0)
                .optSchedule(
                        LearningRateSchedule.linear(
                                WarmUp.ofRatio(TRAINING.get("warm_up").getAsDouble())));
    }

    private static LoraTrainingResult train(LoraModel model, LoraTrainingConfig config) {
        model.trainAdapter("default");
        List<TextBatch> batches = new ArrayList<>();
        for (int[] indices : rows()) {
            batches.add(batch(indices));
        }
        return LoraTrainer.builder(model)
                .setDataset(fixed(batches))
                .optConfig(config)
                .build()
                .fit();
    }

    private static BatchSource<TextBatch> fixed(List<TextBatch> batches) {
        return new BatchSource<>() {
            @Override
            public Class<TextBatch> batchType() {
                return TextBatch.class;
            }

            @Override
            public Iterable<TextBatch> epoch(int epoch) {
                return batches;
            }

            @Override
            public int batchesPerEpoch(int epoch) {
                return batches.size();
            }
        };
    }

    private static int[][] rows() {
        return new Gson().fromJson(TRAINING.get("rows"), int[][].class);
    }

    private static double[] losses() {
        return new Gson().fromJson(TRAINING.get("losses"), double[].class);
    }

    private static TextBatch batch(int[] indices) {
        Rows all = new Gson().fromJson(TRAINING, Rows.class);
        int[] labels = new Gson().fromJson(TRAINING.get("labels"), int[].class);
        List<TokenizedExample> examples = new ArrayList<>();
        float[] targets = new float[indices.length];
        for (int i = 0; i < indices.length; i++) {
            int at = indices[i];
            examples.add(new TokenizedExample(at, all.ids()[at], all.types()[at], 0));
            targets[i] = labels[at];
        }
        return new TextBatch(org.lora4j.text.PaddedBatch.of(examples, 0), targets);
    }
}
