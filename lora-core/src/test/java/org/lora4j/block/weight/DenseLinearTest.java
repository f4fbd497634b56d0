/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;
import org.lora4j.block.LinearFixture;
import org.lora4j.block.NaiveLora;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.kernels.NdArrayKernels;
import org.lora4j.block.layer.LoraLinear;
import org.lora4j.core.DeltaDtype;

final class DenseLinearTest {
    private static final double[][] X = NaiveLora.random(3, 4, LinearFixture.IN);

    @Test
    void itComputesWithTheArraysThatItWraps() {
        try (LinearFixture f = new LinearFixture(true)) {
            NDArray weight = f.base.getParameters().get("weight").getArray();
            NDArray bias = f.base.getParameters().get("bias").getArray();
            DenseLinear dense = new DenseLinear(weight, bias, new NdArrayKernels());
            NDArray x = f.input(X, 4, 3);
            LinearFixture.assertClose(f.forward(dense, x, true), f.control.forward(X));
            assertThat(dense.getParameters().get("weight").getArray()).isSameAs(weight);
            assertThat(dense.getParameters().get("bias").requiresGradient()).isFalse();
            assertThat(dense.getParameters().get("weight").requiresGradient()).isFalse();
            assertThat(dense.isInitialized()).isTrue();
            dense.initialize(f.manager, DataType.FLOAT32, new Shape(1, 3));
            assertThat(dense.getParameters().get("weight").getArray()).isSameAs(weight);
            DenseLinear plain = new DenseLinear(weight, null, new NdArrayKernels());
            assertThat(plain.getParameters().keys()).containsExactly("weight");
            LinearFixture.assertClose(
                    f.forward(plain, x, false), new NaiveLora(f.control.weight, null).forward(X));
            LoraLinear adapted = new LoraLinear("d", dense, f.context);
            assertThat(f.forward(adapted, x, false).toFloatArray())
                    .containsExactly(f.forward(dense, x, false).toFloatArray());
        }
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        try (LinearFixture f = new LinearFixture(true)) {
            NDArray weight = f.manager.zeros(new Shape(5, 3));
            NDArray bias = f.manager.zeros(new Shape(3));
            assertThatThrownBy(() -> new DenseLinear(weight, bias, new NdArrayKernels()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("found weight (5, 3) and bias (3)");
            assertThatThrownBy(() -> new DenseLinear(bias, null, new NdArrayKernels()))
                    .hasMessageContaining("found weight (3)");
        }
    }

    @Test
    void plainKernelsRefuseOtherDtypesThanTheAdapters() {
        try (LinearFixture f = new LinearFixture(true)) {
            NDArray half = f.manager.zeros(new Shape(4, 3), DataType.FLOAT16);
            NDArray y = f.manager.zeros(new Shape(4, 5), DataType.FLOAT16);
            NDArray a = f.manager.zeros(new Shape(2, 3));
            NDArray b = f.manager.zeros(new Shape(5, 2));
            assertThatThrownBy(
                            () ->
                                    new NdArrayKernels()
                                            .addLowRank(
                                                    y,
                                                    half,
                                                    new LowRankTerm(
                                                            a, b, 1, DeltaDtype.ACTIVATION)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the activation is float16 and the adapter float32");
        }
    }

    @Test
    void plainKernelsMergeAHalfWeightInFloat32AndCastOnce() {
        try (LinearFixture f = new LinearFixture(true)) {
            NDArray weight = f.manager.create(new float[] {1000, 2}).toType(DataType.FLOAT16, true);
            NDArray delta = f.manager.create(new float[] {0.3f, 1e-4f});
            NDArray merged = new NdArrayKernels().merge(weight, delta);
            assertThat(merged.getDataType()).isEqualTo(DataType.FLOAT16);
            assertThat(merged.toType(DataType.FLOAT32, true).toFloatArray())
                    .containsExactly(1000.5f, 2f);
            assertThat(weight.toType(DataType.FLOAT32, true).toFloatArray())
                    .containsExactly(1000f, 2f);
        }
    }
}
