/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.train.optimizer.LoraPlus;
import org.lora4j.train.optimizer.Optimizer;
import org.lora4j.train.optimizer.OptimizerSettings;

final class LoraPlusTest {
    private static final double RATE = 0.01;
    private static final double DECAY = 0.2;
    private static final OptimizerSettings SETTINGS =
            new OptimizerSettings(0.9, 0.999, 1e-8, DECAY, 2 * RATE);

    /**
     * The groups of create_loraplus_optimizer (peft 0.21.2), with ratio 8 and embeddings at 0.05.
     */
    private static final Map<String, double[]> EXPECTED = expected();

    private static Map<String, double[]> expected() {
        Map<String, double[]> rates = new LinkedHashMap<>();
        // what is trained, with a dimension more for each x: rate and decay
        rates.put("h.0.attn.lora_A.weight of default xx", new double[] {RATE, DECAY});
        rates.put("h.0.attn.lora_B.weight of default xx", new double[] {8 * RATE, DECAY});
        rates.put("h.0.attn.lora_magnitude_vector of default x", new double[] {8 * RATE, DECAY});
        rates.put("h.0.attn.base_layer.bias of default x", new double[] {8 * RATE, 0});
        // the schedule is at half its height
        rates.put("wte.lora_embedding_A of default xx", new double[] {0.025, DECAY});
        rates.put("wte.lora_embedding_B of default xx", new double[] {0.025, DECAY});
        rates.put("wte.lora_magnitude_vector of default x", new double[] {8 * RATE, DECAY});
        rates.put("conv.lora_B.weight of default xxxx", new double[] {8 * RATE, DECAY});
        rates.put("conv.lora_magnitude_vector of default xxxx", new double[] {RATE, DECAY});
        rates.put("classifier.weight of default xx", new double[] {RATE, DECAY});
        rates.put("norm.weight of default x", new double[] {8 * RATE, 0});
        return rates;
    }

    private static Map<String, NDArray> tensors(NDManager manager) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        int i = 0;
        for (String path : EXPECTED.keySet()) {
            Shape shape = new Shape(3);
            for (int x = path.indexOf(" x") + 2; x < path.length(); x++) {
                shape = shape.add(2);
            }
            tensors.put(path, manager.arange(shape.size()).add(++i).reshape(shape));
        }
        return tensors;
    }

    @Test
    void eachGroupHasItsRateAndItsDecay() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Map<String, NDArray> tensors = tensors(manager);
            Map<String, float[]> before = new LinkedHashMap<>();
            NDList gradients = new NDList();
            tensors.forEach(
                    (path, tensor) -> {
                        before.put(path, tensor.toFloatArray());
                        gradients.add(tensor.mul(0.5).add(gradients.size()));
                    });
            Optimizer optimizer =
                    new LoraPlus(OptimizerKind.SGD, 8, 0.05).create(SETTINGS, tensors, manager);
            optimizer.update(gradients, 1, RATE);
            int i = 0;
            for (Map.Entry<String, double[]> group : EXPECTED.entrySet()) {
                float[] start = before.get(group.getKey());
                float[] slope = gradients.get(i++).toFloatArray();
                float[] expected = new float[start.length];
                double rate = group.getValue()[0];
                for (int j = 0; j < start.length; j++) {
                    expected[j] =
                            (float) (start[j] * (1 - rate * group.getValue()[1]) - rate * slope[j]);
                }
                assertThat(tensors.get(group.getKey()).toFloatArray())
                        .as(group.getKey())
                        .containsExactly(expected, within(1e-5f));
            }
        }
    }

    @Test
    void itsStateIsThatOfAllGroups() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Map<String, NDArray> tensors = tensors(manager);
            Optimizer plus =
                    new LoraPlus(OptimizerKind.ADAMW, 8).create(SETTINGS, tensors, manager);
            Optimizer plain = OptimizerKind.ADAMW.create(SETTINGS, tensors, manager);
            assertThat(plus.state().keySet()).hasSameElementsAs(plain.state().keySet());
        }
    }

    @Test
    void withoutAnyBItIsRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Map<String, NDArray> tensors = Map.of("w", manager.ones(new Shape(2, 3)));
            LoraPlus plus = new LoraPlus(OptimizerKind.ADAMW, 8);
            assertThatThrownBy(() -> plus.create(SETTINGS, tensors, manager))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no B is trained");
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
    void aRatioThatIsNoPositiveNumberIsRefused(double ratio) {
        assertThatThrownBy(() -> new LoraPlus(OptimizerKind.ADAMW, ratio))
                .hasMessageContaining("ratio")
                .hasMessageContaining(String.valueOf(ratio));
        assertThatThrownBy(
                        () ->
                                new LoraPlus(
                                        OptimizerKind.ADAMW, 2, ratio == 0 ? -1 : -Math.abs(ratio)))
                .hasMessageContaining("rate of embeddings");
    }

    @Test
    void aConfigurationNamesItAndAResumedTrainingMustHaveTheSame() throws IOException {
        LoraTrainingConfig config = config(16);
        assertThat(config.values().get("optimizer"))
                .isEqualTo("adamw, LoRA+ ratio 16.0, embeddings at 1.0E-6");
        Map<String, String> identity = config.identity().resolve();
        assertThat(config(16).identity().resolve()).isEqualTo(identity);
        assertThat(config(8).identity().resolve()).isNotEqualTo(identity);
    }

    private static LoraTrainingConfig config(double ratio) {
        return LoraTrainingConfig.builder()
                .optSteps(3)
                .optOptimizer(new LoraPlus(OptimizerKind.ADAMW, ratio))
                .build();
    }
}
