/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.training.ParameterStore;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.block.copy.AdapterStream;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.kernels.ConvolutionGeometry;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.kernels.NdArrayKernels;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.core.ConvForm;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;

/** Convolutions of all forms against loops in double. */
final class LoraConvTest {
    /** Geometries; of one dimension those whose kernel has height 1. */
    enum Case {
        PLAIN(3, 5, new int[] {2, 3}, new int[] {1, 1}, new int[] {0, 0}, new int[] {1, 1}, 1),
        SQUARE(3, 4, new int[] {2, 2}, new int[] {2, 1}, new int[] {1, 2}, new int[] {1, 2}, 1),
        GROUPS(4, 6, new int[] {3, 3}, new int[] {1, 2}, new int[] {1, 1}, new int[] {1, 1}, 2),
        FLAT(3, 5, new int[] {1, 3}, new int[] {1, 2}, new int[] {0, 1}, new int[] {1, 2}, 1),
        FLAT_GROUPS(
                4, 6, new int[] {1, 2}, new int[] {1, 1}, new int[] {0, 0}, new int[] {1, 1}, 2);

        final int in;
        final int out;
        final int[] kernel;
        final NaiveConvolution control;

        Case(
                int in,
                int out,
                int[] kernel,
                int[] stride,
                int[] padding,
                int[] dilation,
                int groups) {
            this.in = in;
            this.out = out;
            this.kernel = kernel;
            this.control = new NaiveConvolution(stride, padding, dilation, groups);
        }

        boolean isFlat() {
            return kernel[0] == 1;
        }

        int groups() {
            return control.groups;
        }

        Shape space(int[] both) {
            return isFlat() ? new Shape(both[1]) : new Shape(both[0], both[1]);
        }

        Shape shape(double[][][][] x) {
            Shape shape = new Shape(x.length, x[0].length);
            return isFlat()
                    ? shape.add(x[0][0][0].length)
                    : shape.add(x[0][0].length).add(x[0][0][0].length);
        }
    }

    private static final int RANK = 2;
    private static final double SCALING = 3.5;

    private final NDManager manager = NDManager.newBaseManager();
    private final LoraContext context = LoraContext.of(new NdArrayKernels(), 7);

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @EnumSource
    void peftsFormSlidesAAndMixesWithB(Case c) {
        double[][][][] x = input(c);
        double[][][][] w = weight(c);
        AdaptedLayer layer = layer(c, w);
        LoraAdapter adapter = layer.addAdapter("a", spec(ConvForm.PEFT));
        double[][][][] a = NaiveConvolution.random(3, RANK, c.in, c.kernel[0], c.kernel[1]);
        double[][][][] b = NaiveConvolution.random(4, c.out, RANK / c.groups(), 1, 1);
        assertThat(adapter.a().getArray().getShape()).isEqualTo(c.shape(a));
        assertThat(adapter.b().getArray().getShape()).isEqualTo(c.shape(b));
        fill(adapter.a(), NaiveConvolution.flat(a));
        fill(adapter.b(), NaiveConvolution.flat(b));
        context.active().setDefault(AdapterSelection.of("a"));
        double[][][][] up =
                NaiveConvolution.point(c.groups()).run(c.control.withGroups(1).run(x, a), b);
        assertClose(forward(layer, c, x), NaiveConvolution.add(c.control.run(x, w), up, SCALING));
        if (c.groups() > 1) {
            assertThatThrownBy(layer::merge)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("features.0")
                    .hasMessageContaining("2 groups")
                    .hasMessageContaining("ConvForm.WEIGHT");
            assertThat(layer.isMerged()).isFalse();
            return;
        }
        double[][][][] delta = delta(c, a, b);
        checkMerged(layer, c, x, w, delta);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PLAIN")
    void loralibsFormReadsAProductAsAWeight(Case c) {
        double[][][][] x = input(c);
        double[][][][] w = weight(c);
        AdaptedLayer layer = layer(c, w);
        LoraAdapter adapter = layer.addAdapter("a", spec(ConvForm.LORALIB));
        int k = c.kernel[1];
        int rows = c.out / c.groups() * (c.isFlat() ? 1 : k);
        double[][] a = NaiveLora.random(5, RANK * k, c.in * k);
        double[][] b = NaiveLora.random(6, rows, RANK * k);
        assertThat(adapter.a().getArray().getShape()).isEqualTo(new Shape(RANK * k, c.in * k));
        assertThat(adapter.b().getArray().getShape()).isEqualTo(new Shape(rows, RANK * k));
        fill(adapter.a(), NaiveLora.flat(a));
        fill(adapter.b(), NaiveLora.flat(b));
        context.active().setDefault(AdapterSelection.of("a"));
        double[][][][] delta =
                NaiveConvolution.read(
                        NaiveLora.delta(a, b, SCALING),
                        c.out,
                        c.in / c.groups(),
                        c.kernel[0],
                        c.kernel[1]);
        assertClose(forward(layer, c, x), c.control.run(x, NaiveConvolution.add(w, delta, 1)));
        checkMerged(layer, c, x, w, delta);
        assertThatThrownBy(() -> layer.exported(manager, "a"))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("features.0 has an adapter in loralib's form");
    }

    private void checkMerged(
            AdaptedLayer layer, Case c, double[][][][] x, double[][][][] w, double[][][][] delta) {
        double[][][][] expected = c.control.run(x, NaiveConvolution.add(w, delta, 1));
        assertClose(layer.delta(manager, "a"), delta);
        assertThat(layer.delta(manager, "a").getShape()).isEqualTo(layer.weightShape());
        layer.merge();
        assertClose(forward(layer, c, x), expected);
        assertThat(layer.weight().toFloatArray()).isEqualTo(NaiveConvolution.flat(w));
        layer.unmerge();
        Block plain = layer.merged();
        assertThat(plain).isSameAs(layer.base());
        assertClose(forward(plain, c, x), expected);
    }

    @ParameterizedTest
    @EnumSource
    void theWeightsFormChangesTheWeight(Case c) {
        double[][][][] x = input(c);
        double[][][][] w = weight(c);
        AdaptedLayer layer = layer(c, w);
        LoraAdapter adapter = layer.addAdapter("a", spec(ConvForm.WEIGHT));
        int in = c.in / c.groups();
        double[][][][] a = NaiveConvolution.random(3, RANK, in, c.kernel[0], c.kernel[1]);
        double[][][][] b = NaiveConvolution.random(4, c.out, RANK, 1, 1);
        assertThat(adapter.a().getArray().getShape()).isEqualTo(c.shape(a));
        assertThat(adapter.b().getArray().getShape()).isEqualTo(c.shape(b));
        fill(adapter.a(), NaiveConvolution.flat(a));
        fill(adapter.b(), NaiveConvolution.flat(b));
        context.active().setDefault(AdapterSelection.of("a"));
        double[][][][] delta = delta(c, a, b);
        double[][][][] expected = c.control.run(x, NaiveConvolution.add(w, delta, 1));
        assertClose(forward(layer, c, x), expected);
        context.active().setDefault(AdapterSelection.none());
        assertClose(forward(layer, c, x), c.control.run(x, w));
        context.active().setDefault(AdapterSelection.of("a"));
        checkMerged(layer, c, x, w, delta);
    }

    /** Without a mask to drop by, the change is run as a convolution of its own. */
    @Test
    void withDropoutTheWeightsFormDropsTheInputOfTheChange() {
        Case c = Case.GROUPS;
        AdaptedLayer layer = layer(c, weight(c));
        AdapterSpec spec =
                new AdapterSpec(
                        RANK,
                        7,
                        SCALING,
                        0.5,
                        Init.GAUSSIAN,
                        DeltaDtype.ACTIVATION,
                        1,
                        ConvForm.WEIGHT,
                        List.of(),
                        false);
        LoraAdapter adapter = layer.addAdapter("a", spec);
        fill(adapter.b(), NaiveConvolution.flat(NaiveConvolution.random(4, c.out, RANK, 1, 1)));
        context.active().setDefault(AdapterSelection.of("a"));
        float[] still = forward(layer, c, input(c)).toFloatArray();
        NDArray x = manager.create(NaiveConvolution.flat(input(c)), c.shape(input(c)));
        float[] first = trained(layer, x);
        assertThat(first).isNotEqualTo(still).isNotEqualTo(trained(layer, x));
    }

    private float[] trained(AdaptedLayer layer, NDArray x) {
        return layer.forward(new ParameterStore(manager, false), new NDList(x), true)
                .singletonOrThrow()
                .toFloatArray();
    }

    private static double[][][][] delta(Case c, double[][][][] a, double[][][][] b) {
        int in = a[0].length;
        double[][][][] delta = NaiveConvolution.zeros(c.out, in, c.kernel[0], c.kernel[1]);
        for (int o = 0; o < c.out; o++) {
            for (int i = 0; i < in; i++) {
                for (int j = 0; j < RANK; j++) {
                    NaiveLora.add(delta[o][i], a[j][i], SCALING * b[o][j][0][0]);
                }
            }
        }
        return delta;
    }

    @Test
    void aRankThatGroupsCannotShareTakesTheWeightsForm() {
        AdaptedLayer layer = layer(Case.GROUPS, weight(Case.GROUPS));
        AdapterSpec odd = new AdapterSpec(3, 6, 2, 0, Init.GAUSSIAN, DeltaDtype.ACTIVATION, 1);
        LoraAdapter adapter = layer.addAdapter("a", odd);
        assertThat(adapter.form().merges()).isTrue();
        assertThat(adapter.a().getArray().getShape()).isEqualTo(new Shape(3, 2, 3, 3));
        assertThat(adapter.b().getArray().getShape()).isEqualTo(new Shape(6, 3, 1, 1));
    }

    @Test
    void loralibsFormNeedsEqualSides() {
        AdaptedLayer layer = layer(Case.PLAIN, weight(Case.PLAIN));
        assertThatThrownBy(() -> layer.addAdapter("a", spec(ConvForm.LORALIB)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("features.0")
                .hasMessageContaining("equal sides, found (2, 3)");
    }

    @Test
    void theSuperclassesAnswerAsTheBaseDoes() {
        for (Case c : List.of(Case.SQUARE, Case.FLAT)) {
            Convolution layer = (Convolution) layer(c, weight(c));
            Convolution base = (Convolution) ((AdaptedLayer) layer).base();
            assertThat(layer.getKernelShape()).isEqualTo(base.getKernelShape());
            assertThat(layer.getStride()).isEqualTo(base.getStride());
            assertThat(layer.getPadding()).isEqualTo(base.getPadding());
            assertThat(layer.getDilation()).isEqualTo(base.getDilation());
            assertThat(layer.getFilters()).isEqualTo(base.getFilters());
            assertThat(layer.getGroups()).isEqualTo(base.getGroups());
            Shape[] shapes = {c.shape(input(c))};
            assertThat(layer.getOutputShapes(shapes)).isEqualTo(base.getOutputShapes(shapes));
            assertThat(layer.describeInput().values()).isEqualTo(base.describeInput().values());
        }
    }

    @Test
    void aGroupedAdapterOfPeftsFormRunsUnmergedThoughItAsksForMerging() {
        Case c = Case.GROUPS;
        AdaptedLayer layer = layer(c, weight(c));
        AdapterSpec spec =
                new AdapterSpec(
                        RANK,
                        7,
                        SCALING,
                        0,
                        Init.GAUSSIAN,
                        DeltaDtype.ACTIVATION,
                        1,
                        ConvForm.PEFT,
                        List.of(),
                        true);
        LoraAdapter adapter = layer.addAdapter("a", spec);
        float[] base = forward(layer, c, input(c)).toFloatArray();
        context.active().setDefault(AdapterSelection.of("a"));
        fill(adapter.b(), NaiveConvolution.flat(NaiveConvolution.random(4, c.out, 1, 1, 1)));
        assertThat(forward(layer, c, input(c)).toFloatArray()).isNotEqualTo(base);
        assertThat(layer.isMerged()).isFalse();
    }

    @Test
    void plainArithmeticRefusesAnotherDtype() {
        NDArray x = manager.zeros(new Shape(1, 2, 4), DataType.FLOAT64);
        NDArray a = manager.zeros(new Shape(2, 2, 1));
        ConvolutionGeometry geometry =
                new ConvolutionGeometry(new Shape(1), new Shape(0), new Shape(1), 1);
        LowRankTerm term = new LowRankTerm(a, a, 1, DeltaDtype.ACTIVATION);
        LoraKernels kernels = new NdArrayKernels();
        assertThatThrownBy(() -> kernels.addConvolution(x, x, term, geometry))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("float64")
                .hasMessageContaining("float32");
        assertThatThrownBy(
                        () ->
                                kernels.addWeightConvolution(
                                        x, x, term, new Shape(2, 2, 1), geometry))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> kernels.addEmbedding(x, x, term, -1))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void everyKindIsKnownAndNoOther() {
        Convolution flat = build(Conv1d.builder(), Case.FLAT).build();
        Convolution square = build(Conv2d.builder(), Case.SQUARE).build();
        assertThat(LoraLayers.canAdapt(flat)).isTrue();
        assertThat(LoraLayers.canAdapt(square)).isTrue();
        assertThat(LoraLayers.canAdapt(layer(Case.FLAT, weight(Case.FLAT)))).isTrue();
        Block other = Activation.reluBlock();
        assertThat(LoraLayers.canAdapt(other)).isFalse();
        assertThat(LoraLayers.wrap("p", other, context)).isEmpty();
        assertThat(LoraLayers.tensorShapes("p", other, spec(ConvForm.PEFT))).isEmpty();
        assertThat(layer(Case.FLAT, weight(Case.FLAT)).kind()).isEqualTo("Conv1d");
        assertThat(layer(Case.SQUARE, weight(Case.SQUARE)).kind()).isEqualTo("Conv2d");
        assertThat(
                        LoraLayers.tensorShapes(
                                "p", layer(Case.GROUPS, weight(Case.GROUPS)), spec(ConvForm.PEFT)))
                .containsExactly(
                        Map.entry("lora_A.weight", new Shape(2, 4, 3, 3)),
                        Map.entry("lora_B.weight", new Shape(6, 1, 1, 1)));
    }

    private AdaptedLayer layer(Case c, double[][][][] w) {
        Convolution base =
                c.isFlat()
                        ? build(Conv1d.builder(), c).build()
                        : build(Conv2d.builder(), c).build();
        base.initialize(manager, DataType.FLOAT32, c.shape(input(c)));
        fill(base.getDirectParameters().get("weight"), NaiveConvolution.flat(w));
        return LoraLayers.wrap("features.0", base, context).orElseThrow();
    }

    private static <B extends Convolution.ConvolutionBuilder<B>> B build(B builder, Case c) {
        builder.setKernelShape(c.space(c.kernel));
        builder.setFilters(c.out);
        builder.optStride(c.space(c.control.stride));
        builder.optPadding(c.space(c.control.padding));
        builder.optDilation(c.space(c.control.dilation));
        builder.optGroups(c.groups());
        builder.optBias(false);
        return builder;
    }

    private static double[][][][] input(Case c) {
        return NaiveConvolution.random(1, 2, c.in, c.isFlat() ? 1 : 6, 9);
    }

    private static double[][][][] weight(Case c) {
        return NaiveConvolution.random(2, c.out, c.in / c.groups(), c.kernel[0], c.kernel[1]);
    }

    private static AdapterSpec spec(ConvForm form) {
        return new AdapterSpec(
                RANK,
                7,
                SCALING,
                0,
                Init.GAUSSIAN,
                DeltaDtype.ACTIVATION,
                1,
                form,
                List.of(),
                false);
    }

    private void fill(Parameter parameter, float[] values) {
        try (NDManager scope = manager.newSubManager()) {
            AdapterStream.copy(scope.create(values, parameter.getArray().getShape()), parameter);
        }
    }

    private NDArray forward(Block block, Case c, double[][][][] x) {
        NDArray input = manager.create(NaiveConvolution.flat(x), c.shape(x));
        return block.forward(new ParameterStore(manager, false), new NDList(input), false)
                .singletonOrThrow();
    }

    private static void assertClose(NDArray found, double[][][][] expected) {
        assertThat(found.toFloatArray())
                .containsExactly(NaiveConvolution.flat(expected), within(2e-5f));
    }
}
