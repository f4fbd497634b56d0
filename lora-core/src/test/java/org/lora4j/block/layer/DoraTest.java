/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.Gradients;
import org.lora4j.block.LinearFixture;
import org.lora4j.block.NaiveLora;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.form.Magnitude;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.kernels.NdArrayKernels;
import org.lora4j.core.ConvForm;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;

final class DoraTest {
    private static final double[][] X = NaiveLora.random(3, 4, LinearFixture.IN);

    private static AdapterSpec spec(int rank, double alpha, double dropout) {
        return LinearFixture.spec(rank, alpha, dropout).with(false, true);
    }

    private static NDArray magnitudes(LoraAdapter adapter) {
        return Objects.requireNonNull(adapter.magnitude()).parameter().getArray();
    }

    /** Adds an adapter with drawn numbers; m is far from the lengths. */
    private static LoraAdapter add(LinearFixture f, String name, long seed) {
        LoraAdapter adapter = f.layer.addAdapter(name, spec(2, 7, 0));
        LinearFixture.write(adapter.a(), NaiveLora.random(seed, 2, LinearFixture.IN));
        LinearFixture.write(adapter.b(), NaiveLora.random(seed + 1, LinearFixture.OUT, 2));
        LinearFixture.write(
                Objects.requireNonNull(adapter.magnitude()).parameter(),
                NaiveLora.random(seed + 2, 1, LinearFixture.OUT));
        return adapter;
    }

    /** m ∘ (W + s B A) / ‖W0 + s B A‖ in doubles. */
    private static double[][] changed(double[][] w, double[][] w0, LoraAdapter adapter, double s) {
        double[][] a = NaiveLora.rows(adapter.a().getArray().toFloatArray(), LinearFixture.IN);
        double[][] b = NaiveLora.rows(adapter.b().getArray().toFloatArray(), 2);
        float[] m = magnitudes(adapter).toFloatArray();
        double[][] delta = NaiveLora.delta(a, b, s);
        double[][] changed = new double[w.length][w[0].length];
        for (int i = 0; i < w.length; i++) {
            double squares = 0;
            for (int j = 0; j < w[0].length; j++) {
                squares += Math.pow(w0[i][j] + delta[i][j], 2);
            }
            for (int j = 0; j < w[0].length; j++) {
                changed[i][j] = m[i] / Math.sqrt(squares) * (w[i][j] + delta[i][j]);
            }
        }
        return changed;
    }

    private static double[][] output(LinearFixture f, double[][] weight, boolean bias) {
        double[] b =
                bias ? NaiveLora.random(2, 1, LinearFixture.OUT)[0] : new double[LinearFixture.OUT];
        return new NaiveLora(weight, b).forward(X);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNewAdapterGivesTheBaseBitForBit(boolean bias) {
        try (LinearFixture f = new LinearFixture(bias)) {
            NDArray x = f.input(X, 4, 3);
            float[] plain = f.forward(f.base, x, false).toFloatArray();
            LoraAdapter adapter = f.layer.addAdapter("a", spec(2, 7, 0.5));
            f.context.active().setDefault(AdapterSelection.of("a"));
            assertThat(f.forward(x).toFloatArray()).containsExactly(plain);
            assertThat(f.forward(f.layer, x, true).toFloatArray()).containsExactly(plain);
            magnitudes(adapter).muli(1.5);
            assertThat(f.forward(x).toFloatArray()).isNotEqualTo(plain);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void forwardMergeAndDeltaEqualTheControl(boolean bias) {
        try (LinearFixture f = new LinearFixture(bias)) {
            LoraAdapter adapter = add(f, "a", 20);
            f.context.active().setDefault(new AdapterSelection(Map.of("a", -0.5)));
            NDArray x = f.input(X, 2, 2, 3);
            double[][] w = changed(f.control.weight, f.control.weight, adapter, 3.5 * -0.5);
            LinearFixture.assertClose(f.forward(x), output(f, w, bias));
            float[] unmerged = f.forward(x).toFloatArray();
            float[] base = LinearFixture.bytes(f.base);
            f.layer.merge();
            LinearFixture.assertClose(f.forward(x), output(f, w, bias));
            magnitudes(adapter).muli(2); // what was merged is used
            LinearFixture.assertClose(f.forward(x), output(f, w, bias));
            magnitudes(adapter).muli(0.5);
            f.layer.unmerge();
            assertThat(f.forward(x).toFloatArray()).containsExactly(unmerged);
            assertThat(LinearFixture.bytes(f.base)).containsExactly(base);
            double[][] whole = changed(f.control.weight, f.control.weight, adapter, 3.5);
            NaiveLora.add(whole, f.control.weight, -1);
            LinearFixture.assertClose(f.layer.delta(f.manager, "a"), whole);
        }
    }

    @Test
    void adaptersInOneSelectionRescaleInTurn() {
        try (LinearFixture f = new LinearFixture(true)) {
            LoraAdapter first = add(f, "first", 20);
            LoraAdapter second = add(f, "second", 30);
            f.context.active().setDefault(AdapterSelection.of("first", "second"));
            NDArray x = f.input(X, 4, 3);
            double[][] w0 = f.control.weight;
            double[][] w = changed(changed(w0, w0, first, 3.5), w0, second, 3.5);
            LinearFixture.assertClose(f.forward(x), output(f, w, true));
            f.layer.merge();
            LinearFixture.assertClose(f.forward(x), output(f, w, true));
            f.layer.unmerge();
            f.context.active().setDefault(AdapterSelection.of("second", "first"));
            w = changed(changed(w0, w0, second, 3.5), w0, first, 3.5);
            LinearFixture.assertClose(f.forward(x), output(f, w, true));
        }
    }

    @Test
    void anOutputOfLengthZeroIsLeftAsItIs() {
        try (LinearFixture f = new LinearFixture(true)) {
            double[][] w = f.control.weight;
            w[1] = new double[LinearFixture.IN];
            LinearFixture.write(f.base.getParameters().get("weight"), w);
            NDArray x = f.input(X, 4, 3);
            float[] plain = f.forward(f.base, x, false).toFloatArray();
            LoraAdapter adapter = f.layer.addAdapter("a", spec(2, 7, 0));
            f.context.active().setDefault(AdapterSelection.of("a"));
            assertThat(f.forward(x).toFloatArray()).containsExactly(plain);
            Gradients.of(() -> f.forward(f.layer, x, true), f.manager.ones(new Shape(4, 5)));
            float[] slope = magnitudes(adapter).getGradient().toFloatArray();
            assertThat(slope[1]).isZero();
            assertThat(slope[0]).isNotZero().isFinite();
            assertThat(adapter.b().getArray().getGradient().toFloatArray())
                    .doesNotContain(Float.NaN);
        }
    }

    /** The norm is a constant for gradients: it is not among what is moved. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void gradientsEqualFiniteDifferencesInDoublePrecision(boolean bias) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray w = doubles(manager, 1, 5, 3);
            NDArray[] args = {
                doubles(manager, 2, 4, 3), // x
                doubles(manager, 3, 2, 3), // A
                doubles(manager, 4, 5, 2), // B
                doubles(manager, 5, 1, 5).reshape(5), // m
                doubles(manager, 6, 1, 5).reshape(5) // bias
            };
            NDArray norms =
                    new NdArrayKernels().norms(w, term(args), false).toType(DataType.FLOAT64, true);
            NDArray dy = doubles(manager, 7, 4, 5);
            ToDoubleFunction<NDArray[]> loss =
                    a -> output(a, w, norms, bias).mul(dy).sum().getDouble();
            for (NDArray arg : args) {
                arg.setRequiresGradient(true);
            }
            Gradients.of(() -> output(args, w, norms, bias), dy);
            for (int i = 0; i < (bias ? 5 : 4); i++) {
                double[] gradient = args[i].getGradient().toDoubleArray();
                for (int j = 0; j < gradient.length; j++) {
                    double slope =
                            (at(loss, args, i, j, 1e-5) - at(loss, args, i, j, -1e-5)) / 2e-5;
                    assertThat(gradient[j]).isCloseTo(slope, within(1e-7));
                }
            }
        }
    }

    private static LowRankTerm term(NDArray[] a) {
        return new LowRankTerm(
                a[1].stopGradient(), a[2].stopGradient(), 1.75, DeltaDtype.ACTIVATION);
    }

    private static NDArray output(NDArray[] a, NDArray w, NDArray norms, boolean bias) {
        NdArrayKernels kernels = new NdArrayKernels();
        NDArray b = bias ? a[4] : null;
        NDArray y = kernels.linear(a[0], w, b);
        NDArray v =
                kernels.addLowRank(
                        y, a[0], new LowRankTerm(a[1], a[2], 1.75, DeltaDtype.ACTIVATION));
        return kernels.rescale(v, a[3], norms, b);
    }

    private static double at(
            ToDoubleFunction<NDArray[]> loss, NDArray[] args, int which, int element, double h) {
        NDArray[] moved = args.clone();
        double[] values = args[which].toDoubleArray();
        values[element] += h;
        moved[which] = args[which].getManager().create(values, args[which].getShape());
        return loss.applyAsDouble(moved);
    }

    private static NDArray doubles(NDManager manager, long seed, int rows, int columns) {
        return manager.create(NaiveLora.flat(NaiveLora.random(seed, rows, columns)))
                .toType(DataType.FLOAT64, true)
                .reshape(rows, columns);
    }

    @Test
    void parametersAreWrittenReadAndListed() throws IOException, MalformedModelException {
        byte[] saved;
        float[] expected;
        try (LinearFixture f = new LinearFixture(true)) {
            LoraAdapter adapter = add(f, "default", 20);
            assertThat(f.layer.tensors("default").keySet())
                    .containsExactly("lora_A.weight", "lora_B.weight", Magnitude.SUFFIX);
            assertThat(f.layer.getDirectParameters().keys())
                    .containsExactly("lora_A", "lora_B", "lora_magnitude_vector");
            assertThat(adapter.parameters()).hasSize(3);
            f.context.active().setDefault(AdapterSelection.of("default"));
            expected = f.forward(f.input(X, 4, 3)).toFloatArray();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            f.layer.saveParameters(new DataOutputStream(bytes));
            saved = bytes.toByteArray();
        }
        try (LinearFixture f = new LinearFixture(true)) {
            f.layer.loadParameters(f.manager, new DataInputStream(new ByteArrayInputStream(saved)));
            f.context.active().setDefault(AdapterSelection.of("default"));
            assertThat(f.layer.adapter("default").orElseThrow().spec().dora()).isTrue();
            assertThat(f.forward(f.input(X, 4, 3)).toFloatArray()).containsExactly(expected);
            f.layer.removeAdapter("default");
            assertThat(f.layer.getDirectParameters().keys()).isEmpty();
        }
    }

    @Test
    void theConfigurationSaysItAndShapesShowIt() {
        LoraConfig config = LoraConfig.builder().setRank(4).optDora(true).build();
        assertThat(config.toBuilder().build().dora()).isTrue();
        assertThat(LoraConfig.builder().build().dora()).isFalse();
        try (LinearFixture f = new LinearFixture(true)) {
            Map<String, Shape> shapes =
                    LoraLayers.tensorShapes("p", f.base, AdapterSpec.of(config, "p"));
            assertThat(shapes)
                    .containsExactly(
                            Map.entry("lora_A.weight", new Shape(4, 3)),
                            Map.entry("lora_B.weight", new Shape(5, 4)),
                            Map.entry("lora_magnitude_vector", new Shape(5)));
        }
    }

    @Test
    void aLayerThatIsAdaptedInSlicesRefusesIt() {
        try (LinearFixture f = new LinearFixture(true)) {
            double[][] w = NaiveLora.random(1, 6, 3);
            AdaptedLayer layer =
                    new MergedLinear("c_attn", LinearFixture.linear(f.manager, w, null), f.context);
            AdapterSpec sliced = sliced();
            assertThatThrownBy(() -> layer.addAdapter("a", sliced))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("c_attn")
                    .hasMessageContaining("DoRA");
            assertThat(layer.adapterNames()).isEmpty();
            layer.addAdapter("a", spec(2, 7, 0));
        }
    }

    private static AdapterSpec sliced() {
        return new AdapterSpec(
                        2,
                        7,
                        3.5,
                        0,
                        Init.GAUSSIAN,
                        DeltaDtype.ACTIVATION,
                        1,
                        ConvForm.PEFT,
                        List.of(true, false),
                        false)
                .with(false, true);
    }
}
