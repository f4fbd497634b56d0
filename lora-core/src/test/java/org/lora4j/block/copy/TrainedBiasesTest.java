/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.LayerNorm;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.BiasHost;
import org.lora4j.block.Gradients;
import org.lora4j.block.LinearFixture;
import org.lora4j.block.NaiveLora;
import org.lora4j.block.Values;

/** Adapters train copies of a layer's and a norm's biases; the base has its own. */
final class TrainedBiasesTest {
    private static final double[][] X = NaiveLora.random(3, 4, 3);
    private static final double[][] OWN = NaiveLora.random(9, 1, 5);

    @Test
    void anAdaptedLayerUsesTheActiveAdaptersBias() {
        try (LinearFixture f = new LinearFixture(true)) {
            Map<String, float[]> before = Values.of(f.base);
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            NDArray x = f.input(X, 4, 3);
            f.context.active().setDefault(AdapterSelection.of("a"));
            float[] plain = f.forward(x).toFloatArray();
            f.layer.addBiases("a");
            assertThat(f.forward(x).toFloatArray()).containsExactly(plain);
            LinearFixture.write(bias(f.layer, "a", "base_layer.bias"), OWN);
            double[][] expected = moved(plain, before.get("bias"));
            LinearFixture.assertClose(f.forward(x), expected);
            f.layer.merge();
            LinearFixture.assertClose(f.forward(x), expected);
            LinearFixture.assertClose(f.forward(f.layer.merged(), x, false), expected);
            f.layer.unmerge();
            try (var scope = f.context.active().use(AdapterSelection.none())) {
                assertThat(f.forward(x).toFloatArray())
                        .containsExactly(f.forward(f.base, x, false).toFloatArray());
            }
            Values.assertSame(f.base, before);
        }
    }

    @Test
    void aLayerCarriesABiasWithoutAPair() {
        try (LinearFixture f = new LinearFixture(true)) {
            NDArray x = f.input(X, 4, 3);
            float[] plain = f.forward(f.base, x, false).toFloatArray();
            float[] offset = f.base.getParameters().get("bias").getArray().toFloatArray();
            f.layer.addBiases("a");
            f.layer.addBiases("a"); // has it
            assertThat(f.layer.adapterNames()).containsExactly("a");
            assertThat(f.layer.tensors("a")).containsOnlyKeys("bias");
            assertThat(f.layer.adapter("a")).isEmpty();
            LinearFixture.write(bias(f.layer, "a", "bias"), OWN);
            f.context.active().setDefault(AdapterSelection.of("a"));
            LinearFixture.assertClose(f.forward(x), moved(plain, offset));
            Linear merged = f.layer.merged();
            f.layer.removeAdapter("a");
            assertThat(f.layer.adapterNames()).isEmpty();
            assertThat(f.forward(x).toFloatArray()).containsExactly(plain);
            LinearFixture.assertClose(f.forward(merged, x, false), moved(plain, offset));
        }
    }

    @Test
    void gradientsReachTheCopyAndNeverTheBase() {
        try (LinearFixture f = new LinearFixture(true)) {
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            f.layer.addBiases("a");
            f.context.active().setDefault(AdapterSelection.of("a"));
            double[][] weights = NaiveLora.random(5, 4, 5);
            NDArray x = f.input(X, 4, 3);
            Gradients.of(() -> f.forward(f.layer, x, true), f.input(weights, 4, 5));
            double[][] sums = new double[1][5];
            for (double[] row : weights) {
                for (int i = 0; i < 5; i++) {
                    sums[0][i] += row[i];
                }
            }
            NDArray copy = bias(f.layer, "a", "base_layer.bias").getArray();
            LinearFixture.assertClose(copy.getGradient(), sums);
            assertThat(f.base.getParameters().get("bias").getArray().hasGradient()).isFalse();
            f.layer.setTrainable("a", false);
            assertThat(copy.hasGradient()).isFalse();
        }
    }

    @Test
    void twoActiveAdaptersCannotBothHaveABias() {
        try (LinearFixture f = new LinearFixture(true)) {
            f.layer.addBiases("a");
            f.add("b", LinearFixture.spec(2, 7, 0), 20, 1);
            f.context.active().setDefault(AdapterSelection.of("a", "b"));
            NDArray x = f.input(X, 4, 3);
            assertThat(f.forward(x).getShape()).isEqualTo(new Shape(4, 5));
            f.layer.addBiases("b");
            assertThatThrownBy(() -> f.forward(x))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("several active adapters [a, b]");
        }
    }

    @Test
    void aNormRunsOnTheAdaptersBeta() throws Exception {
        try (LinearFixture f = new LinearFixture(false)) {
            NDArray x = f.input(X, 4, 3);
            for (Block norm :
                    new Block[] {
                        LayerNorm.builder().build(), BatchNorm.builder().optAxis(1).build()
                    }) {
                norm.initialize(f.manager, DataType.FLOAT32, new Shape(4, 3));
                TrainedBiases host = new TrainedBiases("norm", norm, f.context);
                Map<String, float[]> before = Values.of(norm);
                float[] plain = f.forward(norm, x, false).toFloatArray();
                host.addBiases("n");
                assertThat(host.tensors("n")).containsOnlyKeys("beta");
                assertThat(host.replaces(norm.getDirectParameters().get("beta"))).isTrue();
                assertThat(host.replaces(norm.getDirectParameters().get("gamma"))).isFalse();
                LinearFixture.write(bias(host, "n", "beta"), new double[][] {{1, -2, 3}});
                f.context.active().setDefault(AdapterSelection.of("n"));
                double[][] expected = new double[4][3];
                for (int i = 0; i < 12; i++) {
                    expected[i / 3][i % 3] = plain[i] + new double[] {1, -2, 3}[i % 3];
                }
                LinearFixture.assertClose(f.forward(host, x, false), expected);
                Values.assertSame(norm, before);

                TrainedBiases again = new TrainedBiases("norm", norm, f.context);
                again.loadParameters(f.manager, stream(host));
                LinearFixture.assertClose(f.forward(again, x, false), expected);
                LinearFixture.assertClose(f.forward(host.merged(), x, false), expected);
                again.removeAdapter("n");
                assertThat(again.adapterNames()).isEmpty();
            }
        }
    }

    @Test
    void aSavedLayerKeepsItsBiases() throws Exception {
        try (LinearFixture f = new LinearFixture(true);
                LinearFixture other = new LinearFixture(true)) {
            f.add("a", LinearFixture.spec(2, 7, 0), 20, 1);
            f.layer.addBiases("a");
            f.layer.addBiases("b");
            LinearFixture.write(bias(f.layer, "a", "base_layer.bias"), OWN);
            f.context.active().setDefault(AdapterSelection.of("a"));
            other.context.active().setDefault(AdapterSelection.of("a"));
            other.layer.loadParameters(other.manager, stream(f.layer));
            assertThat(other.layer.adapterNames()).containsExactly("a", "b");
            assertThat(other.forward(other.input(X, 4, 3)).toFloatArray())
                    .containsExactly(f.forward(f.input(X, 4, 3)).toFloatArray());
        }
    }

    private static DataInputStream stream(Block block) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        block.saveParameters(new DataOutputStream(bytes));
        return new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
    }

    private static Parameter bias(BiasHost host, String adapter, String suffix) {
        return Objects.requireNonNull(host.biases(adapter).get(suffix), suffix);
    }

    /** Rows of five whose offset is another. */
    private static double[][] moved(float[] rows, float[] from) {
        double[][] moved = new double[4][5];
        for (int i = 0; i < rows.length; i++) {
            moved[i / 5][i % 5] = (double) rows[i] - from[i % 5] + (float) OWN[0][i % 5];
        }
        return moved;
    }
}
