/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.lora4j.djl.GoldenChecks.forward;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.AdapterInit;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.kernels.NdArrayKernels;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.block.weight.DenseLinear;
import org.lora4j.block.weight.TransposedLinear;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.torch.TorchKernels;

/** MiCA on weights whose singular vectors are known: W = Σ σᵢ uᵢ vᵢᵀ. */
final class MicaTest {
    private static final double[] SINGULAR = {9, 4, 2, 0.7, 0.2};
    private static final int RANK = 2;
    private static final AdapterSpec SPEC =
            new AdapterSpec(RANK, 3, 1.5, 0, Init.MICA, DeltaDtype.ACTIVATION, 0);

    private final NDManager manager = NDManager.newBaseManager();
    private final LoraContext context = LoraContext.of(new TorchKernels(), 0);

    @AfterEach
    void close() {
        manager.close();
    }

    /** An orthogonal matrix: I - 2 v vᵀ / |v|². */
    private static double[][] mirror(double... v) {
        double length = 0;
        for (double x : v) {
            length += x * x;
        }
        double[][] matrix = new double[v.length][v.length];
        for (int i = 0; i < v.length; i++) {
            for (int j = 0; j < v.length; j++) {
                matrix[i][j] = (i == j ? 1 : 0) - 2 * v[i] * v[j] / length;
            }
        }
        return matrix;
    }

    private static final double[][] U = mirror(1, -2, 0.5, 3, 1.5);
    private static final double[][] V = mirror(2, 1, -1, 0.5, 1.5, 3, -0.5);

    /** [5, 7], or transposed [7, 5]. */
    private NDArray weight(boolean transposed) {
        float[] values = new float[35];
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 7; j++) {
                double sum = 0;
                for (int k = 0; k < 5; k++) {
                    sum += SINGULAR[k] * U[i][k] * V[j][k];
                }
                values[transposed ? 5 * j + i : 7 * i + j] = (float) sum;
            }
        }
        return manager.create(values, transposed ? new Shape(7, 5) : new Shape(5, 7));
    }

    private AdaptedLayer layer(Block base) {
        return LoraLayers.wrap("block.layer", base, context).orElseThrow();
    }

    /** B is the last two columns of U; the sign of each is free. */
    private static void assertMinor(LoraAdapter adapter) {
        float[] b = adapter.b().getArray().toFloatArray();
        assertThat(adapter.a().getArray().toFloatArray()).containsOnly(0f);
        assertThat(b).hasSize(5 * RANK);
        for (int k = 0; k < RANK; k++) {
            double sign = Math.signum(b[k] * U[0][3 + k]);
            for (int i = 0; i < 5; i++) {
                assertThat((double) b[RANK * i + k]).isCloseTo(sign * U[i][3 + k], within(2e-5));
            }
        }
    }

    @Test
    void bIsTheDirectionsOfTheSmallestSingularValuesAndAloneStays() {
        NDArray bias = manager.create(new float[] {1, 2, 3, 4, 5});
        AdaptedLayer layer =
                layer(new DenseLinear(weight(false), bias.duplicate(), context.kernels()));
        LoraAdapter adapter = layer.addAdapter("default", SPEC);
        assertMinor(adapter);
        NDArray x = manager.create(new float[] {1, -2, 3, 0.5f, -1, 2, 4}, new Shape(1, 7));
        float[] base = forward(layer, x, false).toFloatArray();
        context.active().setDefault(AdapterSelection.of("default"));
        assertThat(forward(layer, x, false).toFloatArray()).isEqualTo(base);

        for (boolean trains : new boolean[] {true, false, true}) {
            layer.setTrainable("default", trains);
            assertThat(adapter.a().requiresGradient()).isEqualTo(trains);
            assertThat(adapter.b().requiresGradient()).isFalse();
        }
    }

    @Test
    void aWeightStoredTransposedIsReadAsSuch() {
        AdaptedLayer layer = layer(new TransposedLinear(weight(true), null, context.kernels()));
        assertMinor(layer.addAdapter("default", SPEC));
    }

    @Test
    void aTableIsReadTransposed() {
        AdaptedLayer layer = layer(new Words(weight(true)));
        LoraAdapter adapter = layer.addAdapter("default", SPEC);
        assertThat(adapter.a().getArray().getShape()).isEqualTo(new Shape(RANK, 7));
        assertMinor(adapter);
        assertThat(adapter.b().requiresGradient()).isFalse();
    }

    @Test
    void thatOfAFileIsTheFilesAndStaysToo() {
        AdaptedLayer layer = layer(new DenseLinear(weight(false), null, context.kernels()));
        LoraAdapter adapter = layer.addAdapter("read", SPEC, AdapterInit.ZEROS);
        assertThat(adapter.b().getArray().toFloatArray()).containsOnly(0f);
        layer.setTrainable("read", true);
        assertThat(adapter.parameters())
                .filteredOn(Parameter::requiresGradient)
                .containsExactly(adapter.a());
    }

    @Test
    void whereItCannotBeginItIsRefusedByName() {
        AdaptedLayer layer = layer(new DenseLinear(weight(false), null, context.kernels()));
        AdapterSpec wide = new AdapterSpec(6, 6, 1, 0, Init.MICA, DeltaDtype.ACTIVATION, 0);
        assertThatThrownBy(() -> layer.addAdapter("a", wide))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("block.layer")
                .hasMessageContaining("rank 6 is above the 5");
        LoraContext plain = LoraContext.of(new NdArrayKernels(), 0);
        AdaptedLayer bare =
                LoraLayers.wrap(
                                "bare",
                                new DenseLinear(weight(false), null, plain.kernels()),
                                plain)
                        .orElseThrow();
        assertThatThrownBy(() -> bare.addAdapter("a", SPEC))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("MiCA");
        assertThatThrownBy(() -> LoraConfig.builder().optInit(Init.MICA).optDora(true).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("DoRA");
        assertThatThrownBy(
                        () ->
                                LoraConfig.builder()
                                        .optInit(Init.MICA)
                                        .optTargetParameters("experts.down_proj")
                                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("MICA");
    }
}
