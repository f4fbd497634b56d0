/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TrajectoryTest {
    private static final JsonObject GOLDEN = Golden.read("trajectory.json", JsonObject.class);

    @Test
    void tenStepsGiveTorchsLossesNormsRatesAndWeights() {
        List<StepInfo> steps = new ArrayList<>();
        Map<String, float[]> end = train(config().build(), steps);
        double[] losses = Golden.doubles(GOLDEN.get("losses"));
        double[] norms = Golden.doubles(GOLDEN.get("norms"));
        double[] rates = Golden.doubles(GOLDEN.get("rates"));
        assertThat(steps).hasSize(losses.length);
        for (int i = 0; i < losses.length; i++) {
            assertThat(steps.get(i).loss()).isEqualTo(losses[i], within(1e-6));
            assertThat(steps.get(i).gradientNorm()).isEqualTo(norms[i], within(1e-6));
            assertThat(steps.get(i).learningRate()).isEqualTo(rates[i], within(1e-12));
        }
        Golden.tensors(GOLDEN.getAsJsonObject("end"))
                .forEach(
                        (path, expected) ->
                                assertThat(end.get(path))
                                        .as(path)
                                        .containsExactly(expected, within(2e-6f)));
    }

    @Test
    void aWrongBetaOrRateOrClipIsNoticed() {
        List<LoraTrainingConfig> wrong =
                List.of(
                        config().optBetas(0.91, 0.98).build(),
                        config().optLearningRate(0.0502).build(),
                        config().optClipNorm(0).build(),
                        config().optWeightDecay(0.03).build(),
                        config().optSchedule(LearningRateSchedule.cosine(WarmUp.ofRatio(0.2)))
                                .build());
        double[] losses = Golden.doubles(GOLDEN.get("losses"));
        for (LoraTrainingConfig config : wrong) {
            List<StepInfo> steps = new ArrayList<>();
            train(config, steps);
            double largest = 0;
            for (int i = 0; i < losses.length; i++) {
                largest = Math.max(largest, Math.abs(steps.get(i).loss() - losses[i]));
            }
            assertThat(largest).as(config.toString()).isGreaterThan(1e-4);
        }
    }

    private static LoraTrainingConfig.Builder config() {
        double[] betas = Golden.doubles(GOLDEN.get("betas"));
        return LoraTrainingConfig.builder()
                .optSteps(GOLDEN.get("steps").getAsInt())
                .optLearningRate(GOLDEN.get("lr").getAsDouble())
                .optWeightDecay(GOLDEN.get("weight_decay").getAsDouble())
                .optBetas(betas[0], betas[1])
                .optEps(GOLDEN.get("eps").getAsDouble())
                .optClipNorm(GOLDEN.get("clip").getAsDouble())
                .optSchedule(
                        LearningRateSchedule.linear(
                                WarmUp.ofRatio(GOLDEN.get("warm_up").getAsDouble())));
    }

    private static Map<String, float[]> train(LoraTrainingConfig config, List<StepInfo> steps) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        GOLDEN.getAsJsonObject("shapes")
                .entrySet()
                .forEach(e -> shapes.put(e.getKey(), new Shape(Golden.longs(e.getValue()))));
        Map<String, float[]> start = Golden.tensors(GOLDEN.getAsJsonObject("start"));
        Points data =
                new Points(
                        5,
                        Golden.floats(GOLDEN.get("x")),
                        Golden.longs(GOLDEN.get("y")),
                        GOLDEN.get("batch").getAsInt());
        try (MlpTask task = new MlpTask(start, shapes)) {
            LoraTrainer.builder(task)
                    .setDataset(data)
                    .optConfig(config)
                    .addListener(
                            new TrainingListener() {
                                @Override
                                public void onStep(StepInfo step) {
                                    steps.add(step);
                                }
                            })
                    .build()
                    .fit();
            return task.values();
        }
    }
}
