/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;

final class AdapterInitTest {
    private static final LowRankForm FORM = new LinearForm(3, 500, LinearForm.Layout.OUT_IN);

    @Test
    void aGaussianAHasStandardDeviationOneOverTheRankAndBIsZero() {
        try (NDManager manager = NDManager.newBaseManager()) {
            LoraAdapter adapter = pair(manager, spec(Init.GAUSSIAN, 1), "p", "default");
            float[] a = adapter.a().getArray().toFloatArray();
            assertThat(mean(a)).isCloseTo(0, within(4 * 0.125 / Math.sqrt(4000)));
            double variance = 0;
            for (float v : a) {
                variance += v * v / a.length;
            }
            assertThat(Math.sqrt(variance)).isCloseTo(1.0 / 8, within(4 * 0.125 / Math.sqrt(8000)));
            assertThat(adapter.b().getArray().toFloatArray()).containsOnly(0f).hasSize(24);
            assertThat(adapter.a().getArray().getDataType()).isEqualTo(DataType.FLOAT32);
            assertThat(adapter.b().getArray().getDataType()).isEqualTo(DataType.FLOAT32);
        }
    }

    @Test
    void aKaimingAIsUniformUpToOneOverTheRootOfItsInputs() {
        try (NDManager manager = NDManager.newBaseManager()) {
            float[] a = values(manager, spec(Init.KAIMING_UNIFORM, 1), "p");
            double bound = 1 / Math.sqrt(500);
            double most = 0;
            double variance = 0;
            for (float v : a) {
                most = Math.max(most, Math.abs(v));
                variance += v * v / a.length;
            }
            assertThat(most).isLessThanOrEqualTo(bound * (1 + 1e-6)).isGreaterThan(0.995 * bound);
            assertThat(variance).isCloseTo(bound * bound / 3, within(0.05 * bound * bound));
            assertThat(mean(a)).isCloseTo(0, within(4 * bound / Math.sqrt(3 * 4000)));
        }
    }

    @Test
    void theFirstNumbersAreKnown() {
        try (NDManager manager = NDManager.newBaseManager()) {
            float[] gaussian = values(manager, spec(Init.GAUSSIAN, 1), "p");
            float[] uniform = values(manager, spec(Init.KAIMING_UNIFORM, 1), "p");
            assertThat(new float[] {gaussian[0], gaussian[1], gaussian[3999]})
                    .containsExactly(0.060185604f, 0.11208142f, 0.24408916f);
            assertThat(new float[] {uniform[0], uniform[1], uniform[3999]})
                    .containsExactly(0.016794834f, -0.03076172f, 0.030827133f);
        }
    }

    @Test
    void theNumbersDependOnSeedAndPathAndNothingElse() {
        try (NDManager manager = NDManager.newBaseManager()) {
            float[] a = values(manager, spec(Init.GAUSSIAN, 1), "layer.0");
            values(manager, spec(Init.GAUSSIAN, 1), "layer.1");
            assertThat(values(manager, spec(Init.GAUSSIAN, 1), "layer.0")).containsExactly(a);
            assertThat(values(manager, spec(Init.GAUSSIAN, 1), "layer.1")).isNotEqualTo(a);
            assertThat(values(manager, spec(Init.GAUSSIAN, 2), "layer.0")).isNotEqualTo(a);
        }
    }

    @Test
    void parametersTrainAndHaveLoralibsNames() {
        try (NDManager manager = NDManager.newBaseManager()) {
            LoraAdapter one = pair(manager, spec(Init.GAUSSIAN, 1), "p", "default");
            LoraAdapter two = pair(manager, spec(Init.GAUSSIAN, 1), "p", "other");
            assertThat(one.a().getName()).isEqualTo("lora_A");
            assertThat(one.b().getName()).isEqualTo("lora_B");
            assertThat(two.a().getName()).isEqualTo("lora_A_other");
            assertThat(two.b().getName()).isEqualTo("lora_B_other");
            assertThat(two.name()).isEqualTo("other");
            assertThat(one.a().getArray().hasGradient()).isTrue();
            assertThat(one.b().getArray().hasGradient()).isTrue();
            assertThat(one.a().getArray().getManager()).isSameAs(manager);
        }
    }

    @Test
    void anEmbeddingHasAZeroAAndAStandardNormalBWhateverTheInit() {
        try (NDManager manager = NDManager.newBaseManager()) {
            LowRankForm form = new EmbeddingForm(3, 500, -1);
            for (Init init : Init.values()) {
                if (init == Init.MICA) { // reads the weight, and is for layers with outputs
                    assertThatThrownBy(() -> pair(manager, spec(init, 1), "p", "a", form))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("p cannot begin with MICA");
                    continue;
                }
                LoraAdapter adapter = pair(manager, spec(init, 1), "p", "a", form);
                assertThat(adapter.a().getArray().toFloatArray()).containsOnly(0f).hasSize(24);
                float[] b = adapter.b().getArray().toFloatArray();
                double variance = 0;
                for (float v : b) {
                    variance += v * v / b.length;
                }
                assertThat(b).hasSize(4000);
                assertThat(mean(b)).isCloseTo(0, within(4 / Math.sqrt(4000)));
                assertThat(Math.sqrt(variance)).isCloseTo(1, within(4 / Math.sqrt(8000)));
                assertThat(adapter.a().requiresGradient()).isTrue();
                assertThat(adapter.b().requiresGradient()).isTrue();
            }
        }
    }

    @Test
    void anAThatNoArrayHoldsIsRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            LowRankForm huge = new LinearForm(3, 1L << 40, LinearForm.Layout.OUT_IN);
            assertThatThrownBy(() -> pair(manager, spec(Init.GAUSSIAN, 1), "p", "a", huge))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected fewer than 2^31");
        }
    }

    private static AdapterSpec spec(Init init, long seed) {
        return new AdapterSpec(8, 16, 2, 0, init, DeltaDtype.ACTIVATION, seed);
    }

    private static LoraAdapter pair(NDManager manager, AdapterSpec spec, String path, String name) {
        return pair(manager, spec, path, name, FORM);
    }

    private static LoraAdapter pair(
            NDManager manager, AdapterSpec spec, String path, String name, LowRankForm form) {
        NDArray weight = manager.zeros(new Shape(1));
        return new LoraAdapter(
                name, spec, form, AdapterInit.DRAWN.matrices(path, spec, form, weight));
    }

    private static float[] values(NDManager manager, AdapterSpec spec, String path) {
        return pair(manager, spec, path, "default").a().getArray().toFloatArray();
    }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }
}
