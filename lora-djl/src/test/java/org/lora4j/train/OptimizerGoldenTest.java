/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.torch.Autograd;
import org.lora4j.train.optimizer.Optimizer;

final class OptimizerGoldenTest {
    private static final JsonObject GOLDEN = Golden.read("optimizers.json", JsonObject.class);

    static Stream<JsonObject> cases() {
        return StreamSupport.stream(GOLDEN.getAsJsonArray("cases").spliterator(), false)
                .map(JsonElement::getAsJsonObject);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void optimisersAndClippingEqualTorchForTwentySteps(JsonObject golden) {
        assertThat(largestDifference(golden, config(golden).build(), 20)).isLessThan(1e-6);
    }

    @Test
    void aSlightlyWrongBetaIsNoticed() {
        JsonObject golden = cases().toList().get(1);
        LoraTrainingConfig wrong = config(golden).optBetas(0.8, 0.951).build();
        assertThat(largestDifference(golden, wrong, 20)).isGreaterThan(1e-5);
    }

    private static double largestDifference(
            JsonObject golden, LoraTrainingConfig config, int steps) {
        double largest = 0;
        try (NDManager manager = NDManager.newBaseManager()) {
            Map<String, NDArray> parameters = start(golden, manager);
            Optimizer optimizer =
                    config.optimizer().create(config.optimizerSettings(), parameters, manager);
            for (int step = 0; step < steps; step++) {
                JsonObject row = golden.getAsJsonArray("steps").get(step).getAsJsonObject();
                NDList gradients = gradients(golden, step, manager);
                if (config.clipNorm() > 0) {
                    float norm = Autograd.clip(gradients, config.clipNorm()).getFloat();
                    float expected = row.get("norm").getAsFloat();
                    assertThat(norm).isEqualTo(expected, within(1e-6f * expected));
                }
                optimizer.update(gradients, step + 1, config.learningRate().orElseThrow());
                Map<String, float[]> expected = Golden.tensors(row.getAsJsonObject("parameters"));
                for (Map.Entry<String, NDArray> entry : parameters.entrySet()) {
                    float[] found = entry.getValue().toFloatArray();
                    float[] wanted = get(expected, entry.getKey());
                    assertThat(found).hasSameSizeAs(wanted);
                    for (int i = 0; i < found.length; i++) {
                        double difference = Math.abs((double) found[i] - wanted[i]);
                        assertThat(difference).isNotNaN();
                        largest = Math.max(largest, difference);
                    }
                }
            }
        }
        return largest;
    }

    private static LoraTrainingConfig.Builder config(JsonObject golden) {
        double[] betas = Golden.doubles(golden.get("betas"));
        return LoraTrainingConfig.builder()
                .optSteps(20)
                .optOptimizer(OptimizerKind.valueOf(golden.get("kind").getAsString()))
                .optLearningRate(golden.get("lr").getAsDouble())
                .optWeightDecay(golden.get("weight_decay").getAsDouble())
                .optBetas(betas[0], betas[1])
                .optEps(golden.get("eps").getAsDouble())
                .optClipNorm(golden.get("clip").getAsDouble());
    }

    private static Map<String, NDArray> start(JsonObject golden, NDManager manager) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        Golden.tensors(golden.getAsJsonObject("start"))
                .forEach(
                        (path, values) -> {
                            NDArray array = manager.create(values, shape(path));
                            array.setRequiresGradient(true);
                            arrays.put(path, array);
                        });
        return arrays;
    }

    private static NDList gradients(JsonObject golden, int step, NDManager manager) {
        JsonObject row = golden.getAsJsonArray("steps").get(step).getAsJsonObject();
        NDList gradients = new NDList();
        Golden.tensors(row.getAsJsonObject("gradients"))
                .forEach((path, values) -> gradients.add(manager.create(values, shape(path))));
        return gradients;
    }

    private static <T> T get(Map<String, T> map, String path) {
        return Objects.requireNonNull(map.get(path), path);
    }

    private static Shape shape(String path) {
        return new Shape(Golden.longs(GOLDEN.getAsJsonObject("shapes").get(path)));
    }
}
