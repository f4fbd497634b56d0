/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.LinearFixture;
import org.lora4j.block.NaiveLora;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.kernels.NdArrayKernels;
import org.lora4j.block.weight.TransposedLinear;
import org.lora4j.core.ConvForm;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;

/** Fused layers in slices, and layers whose weight is [in, out], against loops in double. */
final class MergedLinearTest {
    private static final int IN = 3;
    private static final int OUT = 12;
    private static final int RANK = 2;
    private static final double SCALING = 3.5;
    private static final double[][] X = NaiveLora.random(3, 4, IN);

    @ParameterizedTest
    @ValueSource(strings = {"tft", "ft", "t", "ttft", "fft", "tttt"})
    void eachEnabledSliceHasAPairOfItsOwn(String flags) {
        check(flags, false);
        check(flags, true);
    }

    private static void check(String flags, boolean transposed) {
        List<Boolean> enable = flags.chars().mapToObj(flag -> flag == 't').toList();
        int slice = OUT / enable.size();
        int groups = (int) flags.chars().filter(flag -> flag == 't').count();
        try (LinearFixture f = new LinearFixture(true)) {
            double[][] w = NaiveLora.random(1, OUT, IN);
            double[][] bias = NaiveLora.random(2, 1, OUT);
            MergedLinear layer =
                    new MergedLinear("c_attn", base(f, w, bias[0], transposed), f.context);
            LoraAdapter adapter = layer.addAdapter("a", spec(enable));
            double[][] a = NaiveLora.random(20, RANK * groups, IN);
            double[][] b = NaiveLora.random(21, slice * groups, RANK);
            assertThat(adapter.a().getArray().getShape()).isEqualTo(new Shape(RANK * groups, IN));
            assertThat(adapter.b().getArray().getShape())
                    .isEqualTo(new Shape(slice * groups, RANK));
            LinearFixture.write(adapter.a(), a);
            LinearFixture.write(adapter.b(), b);
            double[][] delta = delta(enable, slice, a, b);
            NaiveLora control = new NaiveLora(w, bias[0]);
            double[][] plain = control.forward(X);
            NaiveLora.add(w, delta, 1);
            double[][] expected = new NaiveLora(w, bias[0]).forward(X);
            NaiveLora.add(w, delta, -1);
            NDArray x = f.input(X, 4, IN);
            LinearFixture.assertClose(f.forward(layer, x, false), plain);
            f.context.active().setDefault(AdapterSelection.of("a"));
            LinearFixture.assertClose(f.forward(layer, x, false), expected);
            LinearFixture.assertClose(f.forward(layer, x, true), expected);
            NDArray found = layer.delta(f.manager, "a");
            assertThat(found.getShape()).isEqualTo(layer.weightShape());
            LinearFixture.assertClose(found, transposed ? NaiveLora.transpose(delta) : delta);
            layer.merge();
            LinearFixture.assertClose(f.forward(layer, x, false), expected);
            layer.unmerge();
            LinearFixture.assertClose(f.forward(layer.merged(), x, false), expected);
            Map<String, NDArray> exported = layer.exported(f.manager, "a");
            NDArray wide = exported.get("lora_B.weight");
            assertThat(wide.getShape()).isEqualTo(new Shape(OUT, (long) RANK * groups));
            double[][] rows = NaiveLora.rows(wide.toFloatArray(), RANK * groups);
            LinearFixture.assertClose(f.input(NaiveLora.delta(a, rows, SCALING), OUT, IN), delta);
            assertThat(exported.get("lora_A.weight")).isSameAs(adapter.a().getArray());
        }
    }

    private static Linear base(LinearFixture f, double[][] w, double[] bias, boolean transposed) {
        return transposed
                ? new TransposedLinear(
                        f.input(NaiveLora.transpose(w), IN, OUT),
                        f.input(new double[][] {bias}, OUT),
                        new NdArrayKernels())
                : LinearFixture.linear(f.manager, w, bias);
    }

    /** s B[j] A[j] in the rows of the j-th enabled slice, zeros elsewhere. */
    private static double[][] delta(List<Boolean> enable, int slice, double[][] a, double[][] b) {
        double[][] delta = new double[OUT][IN];
        int group = 0;
        for (int i = 0; i < enable.size(); i++) {
            if (enable.get(i)) {
                double[][] own = Arrays.copyOfRange(a, group * RANK, (group + 1) * RANK);
                double[][] up = Arrays.copyOfRange(b, group * slice, (group + 1) * slice);
                double[][] product = NaiveLora.delta(own, up, SCALING);
                System.arraycopy(product, 0, delta, i * slice, slice);
                group++;
            }
        }
        return delta;
    }

    @Test
    void aPlainAdapterStandsBesideOneInSlices() {
        try (LinearFixture f = new LinearFixture(true)) {
            MergedLinear layer = new MergedLinear("c_attn", f.base, f.context);
            assertThat(layer.kind()).isEqualTo("MergedLinear");
            layer.addAdapter("plain", LinearFixture.spec(2, 7, 0));
            assertThat(layer.tensors("plain").get("lora_B.weight").getArray().getShape())
                    .isEqualTo(new Shape(LinearFixture.OUT, 2));
            Map<String, NDArray> exported = layer.exported(f.manager, "plain");
            assertThat(exported.get("lora_B.weight"))
                    .isSameAs(layer.tensors("plain").get("lora_B.weight").getArray());
        }
    }

    @Test
    void outputsThatCannotBeDividedAndFlagsOnAPlainLayerAreRefused() {
        try (LinearFixture f = new LinearFixture(true)) {
            MergedLinear fused = new MergedLinear("c_attn", f.base, f.context);
            assertThatThrownBy(() -> fused.addAdapter("a", spec(List.of(true, false))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("c_attn has 5 outputs")
                    .hasMessageContaining("2 equal slices");
            assertThat(fused.adapterNames()).isEmpty();
            assertThatThrownBy(() -> f.layer.addAdapter("a", spec(List.of(true))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(LinearFixture.PATH)
                    .hasMessageContaining("MergedLinear");
        }
    }

    @Test
    void theKindIsChosenByTheFirstAdapter() {
        try (LinearFixture f = new LinearFixture(true)) {
            AdapterSpec sliced = spec(List.of(false, false, false, false, true));
            assertThat(LoraLayers.wrap("p", f.base, sliced, f.context).orElseThrow())
                    .isInstanceOf(MergedLinear.class);
            assertThat(LoraLayers.wrap("p", f.base, spec(List.of()), f.context).orElseThrow())
                    .isInstanceOf(LoraLinear.class);
            assertThat(LoraLayers.tensorShapes("p", f.base, sliced))
                    .containsExactly(
                            Map.entry("lora_A.weight", new Shape(2, 3)),
                            Map.entry("lora_B.weight", new Shape(1, 2)));
            assertThat(LoraLayers.tensorShapes("p", f.layer, spec(List.of())))
                    .containsEntry("lora_B.weight", new Shape(5, 2));
        }
    }

    @Test
    void aTransposedLayerChecksItsShapes() {
        try (LinearFixture f = new LinearFixture(true)) {
            NDArray w = f.input(NaiveLora.random(1, 3, 5), 3, 5);
            NDArray wrong = f.input(NaiveLora.random(1, 1, 3), 3);
            assertThatThrownBy(() -> new TransposedLinear(w, wrong, new NdArrayKernels()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("found weight (3, 5) and bias (3)");
            TransposedLinear layer = new TransposedLinear(w, null, new NdArrayKernels());
            assertThat(layer.getOutputShapes(new Shape[] {new Shape(4, 2, 3)}))
                    .containsExactly(new Shape(4, 2, 5));
            assertThat(layer.getParameters().get("weight").requiresGradient()).isFalse();
            List<Shape> inputs = new ArrayList<>(List.of(layer.getInputShapes()));
            assertThat(inputs).containsExactly(new Shape(-1, 3));
        }
    }

    private static AdapterSpec spec(List<Boolean> enable) {
        return new AdapterSpec(
                RANK,
                7,
                SCALING,
                0,
                Init.GAUSSIAN,
                DeltaDtype.ACTIVATION,
                11,
                ConvForm.PEFT,
                enable,
                false);
    }
}
