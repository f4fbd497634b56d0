/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.kernels.RowTerm;
import org.lora4j.core.DeltaDtype;
import org.lora4j.torch.Dropout;
import org.lora4j.torch.Sequences;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchKernels;
import org.lora4j.torch.tape.GradientTape;
import org.lora4j.torch.tape.UnrecordedException;

/** Each recorded operation against autograd, in float64 and of shapes drawn by seed. */
final class SegmentsTest {
    private static final int DRAWS = 8;

    private record Case(String name, Function<Draw, Forward> make) {}

    private static Forward unary(Draw d, Function<NDArray, NDArray> function) {
        int x = d.input(d.number(1, 5), d.number(1, 9));
        return (scope, in) -> new NDList(function.apply(in.get(x)));
    }

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        cases.add(new Case("gelu", d -> unary(d, Torch::gelu)));
        cases.add(new Case("gelu_tanh", d -> unary(d, Torch::geluTanh)));
        cases.add(new Case("relu", d -> unary(d, Torch::relu)));
        cases.add(new Case("silu", d -> unary(d, Torch::silu)));
        cases.add(new Case("tanh", d -> unary(d, Torch::tanh)));
        cases.add(new Case("soft cap", d -> unary(d, x -> Torch.softCap(x, 0.8))));
        cases.add(new Case("scale", d -> unary(d, x -> Torch.scale(x, 1.7))));
        cases.add(
                new Case(
                        "a value that is read several times",
                        d ->
                                unary(
                                        d,
                                        x -> {
                                            NDArray y = Torch.tanh(x);
                                            NDArray z = Torch.multiply(y, Torch.add(y, x));
                                            return Torch.add(z, Torch.add(z, y));
                                        })));
        cases.add(new Case("silu multiply", d -> binary(d, Torch::siluMultiply)));
        cases.add(new Case("multiply", d -> binary(d, Torch::multiply)));
        cases.add(new Case("add", d -> binary(d, Torch::add)));
        cases.add(new Case("scale features", SegmentsTest::scaleFeatures));
        cases.add(new Case("a bias of B", SegmentsTest::addBias));
        cases.add(new Case("linear", SegmentsTest::linear));
        cases.add(new Case("low rank", d -> lowRank(d, false)));
        cases.add(new Case("low rank over its base", d -> lowRank(d, true)));
        cases.add(new Case("rescaled by magnitudes", d -> rescaled(d, false)));
        cases.add(new Case("rescaled beside dropout", d -> rescaled(d, true)));
        cases.add(new Case("low rank on rows", d -> lowRankRows(d, false)));
        cases.add(new Case("low rank on rows over its base", d -> lowRankRows(d, true)));
        cases.add(new Case("rows apart and joined", SegmentsTest::spans));
        cases.add(new Case("norms", SegmentsTest::norms));
        cases.add(new Case("rotary", SegmentsTest::rotary));
        cases.add(new Case("columns, heads and rows", SegmentsTest::parts));
        cases.add(new Case("dropout", SegmentsTest::dropout));
        cases.add(new Case("causal attention", AttentionCases::causal));
        cases.add(new Case("grouped attention", AttentionCases::grouped));
        cases.add(new Case("attention of texts of one length", AttentionCases::alike));
        cases.add(new Case("disentangled attention", AttentionCases::disentangled));
        cases.add(new Case("norms without biases", SegmentsTest::normsWithoutBiases));
        return cases;
    }

    private static Forward binary(
            Draw d, java.util.function.BiFunction<NDArray, NDArray, NDArray> function) {
        int rows = d.number(1, 5);
        int columns = d.number(1, 9);
        int x = d.input(rows, columns);
        int y = d.input(rows, columns);
        return (scope, in) -> new NDList(function.apply(in.get(x), in.get(y)));
    }

    private static Forward addBias(Draw d) {
        int width = d.number(1, 9);
        int x = d.input(d.number(1, 5), width);
        NDArray first = d.trained(width);
        NDArray second = d.random.nextBoolean() ? d.trained(width) : d.array(width);
        TorchKernels kernels = new TorchKernels();
        return (scope, in) -> {
            NDArray sum = kernels.addBias(in.get(x), first, 0.7, false);
            return new NDList(kernels.addBias(sum, second, -1.5, false));
        };
    }

    private static Forward scaleFeatures(Draw d) {
        int width = d.number(1, 9);
        int x = d.input(d.number(1, 5), width);
        NDArray first = d.trained(1, width);
        NDArray second = d.random.nextBoolean() ? d.trained(width, 1) : d.array(width, 1);
        TorchKernels kernels = new TorchKernels();
        return (scope, in) ->
                new NDList(kernels.scaleFeatures(kernels.scaleFeatures(in.get(x), first), second));
    }

    private static Forward linear(Draw d) {
        int n = d.number(1, 9);
        int in = d.number(1, 9);
        int out = d.number(1, 9);
        int x = d.input(n, in);
        NDArray w = d.random.nextBoolean() ? d.trained(out, in) : d.array(out, in);
        NDArray b = d.random.nextBoolean() ? d.trained(out) : d.array(out);
        NDArray second = d.array(out, in);
        return (scope, list) ->
                new NDList(
                        Torch.add(
                                Torch.linear(list.get(x), w, b),
                                Torch.linear(list.get(x), second)));
    }

    private static Forward lowRank(Draw d, boolean overwrites) {
        int n = d.number(1, 9);
        int in = d.number(1, 9);
        int out = d.number(1, 9);
        int r = d.number(1, 4);
        int x = d.input(n, in);
        NDArray w = d.array(out, in);
        NDArray a = d.random.nextInt(4) == 0 ? d.array(r, in) : d.trained(r, in);
        NDArray b = d.trained(out, r);
        LowRankTerm term = new LowRankTerm(a, b, 1.75, DeltaDtype.ACTIVATION);
        TorchKernels kernels = new TorchKernels();
        return (scope, list) -> {
            NDArray y = Torch.linear(list.get(x), w);
            if (overwrites) {
                return new NDList(kernels.overwriting().addLowRank(y, list.get(x), term));
            }
            NDArray sum = kernels.addLowRank(y, list.get(x), term);
            return new NDList(Torch.multiply(sum, y));
        };
    }

    /**
     * DoRA's parts, with a bias that trains, one that does not, or none, and an output of length 0.
     */
    private static Forward rescaled(Draw d, boolean apart) {
        int n = d.number(1, 9);
        int in = d.number(1, 9);
        int out = d.number(1, 9);
        int x = d.input(n, in);
        NDArray w = d.array(out, in);
        NDArray m = d.random.nextInt(4) == 0 ? d.array(out) : d.trained(out);
        NDArray norms = d.array(out).abs();
        if (d.random.nextBoolean()) {
            norms.set(new NDIndex("0"), 0);
        }
        int kind = d.random.nextInt(3);
        NDArray bias = kind == 0 ? null : kind == 1 ? d.array(out) : d.trained(out);
        TorchKernels kernels = new TorchKernels();
        return (scope, list) -> {
            NDArray y = kernels.linear(list.get(x), w, bias);
            NDArray rescaled = kernels.rescale(y, m, norms, bias);
            if (!apart) {
                return new NDList(rescaled);
            }
            NDArray whole = Torch.linear(list.get(x), w);
            return new NDList(kernels.addDifference(whole, rescaled, y));
        };
    }

    /** Terms of any ranks, on rows that may overlap; some are of the same matrices. */
    private static Forward lowRankRows(Draw d, boolean overwrites) {
        int n = d.number(1, 9);
        int in = d.number(1, 9);
        int out = d.number(1, 9);
        int x = d.input(n, in);
        NDArray w = d.array(out, in);
        List<RowTerm> terms = new ArrayList<>();
        for (int i = d.number(1, 4); i > 0; i--) {
            int r = d.number(1, 4);
            NDArray a = d.random.nextInt(4) == 0 ? d.array(r, in) : d.trained(r, in);
            NDArray b = d.trained(out, r);
            LowRankTerm term = new LowRankTerm(a, b, 0.5 + i, DeltaDtype.ACTIVATION);
            int from = d.number(0, n - 1);
            terms.add(new RowTerm(term, from, d.number(from + 1, n)));
            if (d.random.nextBoolean()) {
                terms.add(new RowTerm(term, 0, d.number(1, n)));
            }
        }
        TorchKernels kernels = new TorchKernels();
        return (scope, list) -> {
            NDArray y = Torch.linear(list.get(x), w);
            if (overwrites) {
                return new NDList(kernels.overwriting().addLowRank(y, list.get(x), terms));
            }
            NDArray sum = kernels.addLowRank(y, list.get(x), terms);
            return new NDList(Torch.multiply(sum, y));
        };
    }

    private static Forward spans(Draw d) {
        int n = d.number(2, 9);
        int x = d.input(n, d.number(1, 5));
        int at = d.number(1, n - 1);
        TorchKernels kernels = new TorchKernels();
        return (scope, list) -> {
            NDArray first = kernels.rows(list.get(x), 0, at);
            NDArray second = kernels.rows(list.get(x), at, n);
            NDArray other = kernels.rows(list.get(x), 0, n);
            NDArray joined = kernels.joined(new NDList(Torch.tanh(second), first, second));
            NDArray all = kernels.joined(new NDList(other, kernels.rows(list.get(x), 0, n - at)));
            return new NDList(Torch.multiply(joined, all));
        };
    }

    private static Forward norms(Draw d) {
        int n = d.number(1, 5);
        int width = d.number(2, 9);
        int x = d.input(n, width);
        int y = d.input(n, width);
        NDArray rms = d.random.nextBoolean() ? d.array(width) : d.trained(width);
        NDArray w = d.random.nextBoolean() ? d.array(width) : d.trained(width);
        NDArray b = d.random.nextBoolean() ? d.array(width) : d.trained(width);
        NDArray project = d.array(3, width);
        boolean sum = d.random.nextBoolean();
        return (scope, list) -> {
            NDArray first = Torch.rmsNorm(list.get(x), rms, 1e-5);
            NDArray second = Torch.shiftedRmsNorm(first, b, 1e-5);
            NDArray third =
                    sum
                            ? Torch.addLayerNorm(second, list.get(y), w, b, 1e-5)
                            : Torch.layerNorm(Torch.add(second, list.get(y)), w, b, 1e-5);
            // the product's derivative does not read it, the sum's and its own do
            return new NDList(Torch.linear(Torch.multiply(third, third), project));
        };
    }

    private static Forward rotary(Draw d) {
        int n = d.number(1, 6);
        int heads = d.number(1, 3);
        int size = 2 * d.number(1, 4);
        int turned = d.random.nextBoolean() ? size : 2 * d.number(1, size / 2);
        int x = d.input(n, (long) heads * size);
        NDArray half = d.array(n, turned / 2);
        NDArray angles = half.concat(half, 1);
        NDArray cos = angles.cos();
        NDArray sin = angles.sin();
        return (scope, list) -> new NDList(Sequences.rotary(list.get(x), cos, sin, heads));
    }

    private static Forward parts(Draw d) {
        int n = d.number(2, 6);
        int heads = d.number(1, 3);
        int width = heads * d.number(2, 4);
        int x = d.input(n, 2L * width);
        NDArray w = d.array(width / heads);
        NDArray places = d.manager.create(new long[] {n - 1, 0, n - 1});
        return (scope, list) -> {
            NDArray left = Sequences.columns(list.get(x), 0, width);
            NDArray right = Sequences.columns(list.get(x), width, 2 * width);
            NDArray normed = Sequences.joined(Torch.rmsNorm(Sequences.heads(left, heads), w, 1e-5));
            return new NDList(Sequences.take(Torch.add(normed, right), places));
        };
    }

    private static Forward dropout(Draw d) {
        int n = d.number(1, 5);
        int in = d.number(1, 7);
        int x = d.input(n, in);
        NDArray kept = d.kept(n, in);
        NDArray a = d.trained(2, in);
        NDArray b = d.trained(in, 2);
        NDArray w = d.array(in, in);
        NDArray norm = d.array(in);
        LowRankTerm term = new LowRankTerm(a, b, 0.5, DeltaDtype.ACTIVATION);
        return (scope, list) -> {
            NDArray normed = Torch.rmsNorm(list.get(x), norm, 1e-5);
            NDArray dropped = Dropout.of(normed, kept, 0.3);
            NDArray y = Torch.linear(normed, w);
            return new NDList(new TorchKernels().overwriting().addLowRank(y, dropped, term));
        };
    }

    private static Forward normsWithoutBiases(Draw d) {
        int rows = d.number(1, 5);
        int width = d.number(2, 9);
        int x = d.input(rows, width);
        int y = d.input(rows, width);
        NDArray w = d.random.nextBoolean() ? d.trained(width) : d.array(width);
        return (scope, in) ->
                new NDList(
                        Torch.add(
                                Torch.layerNorm(in.get(x), w, null, 1e-3),
                                Torch.addLayerNorm(in.get(x), in.get(y), w, null, 1e-3)));
    }

    /** The outputs and gradients of a case by one way. */
    private static List<double[]> found(Draw d, Forward forward, boolean tape, boolean[] needed) {
        try (NDManager scope = d.manager.newSubManager()) {
            Segments segments = new Segments();
            Segment segment =
                    tape
                            ? segments.run(0, scope, forward, new NDList(d.inputs), needed)
                            : segments.byAutograd(scope, forward, new NDList(d.inputs), needed);
            assertThat(segments.hasRecorded()).isEqualTo(tape);
            List<double[]> found = new ArrayList<>();
            NDArray y = segment.outputs().head();
            found.add(doubles(y));
            double[] weights = new Random(5).doubles(y.size(), -1, 1).toArray();
            NDArray dy = scope.create(weights, y.getShape()).toType(y.getDataType(), false);
            GradientSums sums = new GradientSums(d.trained, scope);
            List<NDArray> given = new ArrayList<>();
            given.add(dy);
            for (NDArray gradient : segment.pullback(given, sums)) {
                found.add(gradient == null ? new double[0] : doubles(gradient));
            }
            sums.complete().forEach(sum -> found.add(doubles(sum)));
            return found;
        }
    }

    private static double[] doubles(NDArray array) {
        return array.toType(DataType.FLOAT64, true).toDoubleArray();
    }

    @TestFactory
    List<DynamicTest> gradientsAreAutograds() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Case each : cases()) {
            for (int seed = 0; seed < DRAWS; seed++) {
                int drawn = seed;
                tests.add(
                        DynamicTest.dynamicTest(
                                each.name() + " " + seed, () -> compare(each, drawn)));
            }
        }
        return tests;
    }

    private static void compare(Case each, int seed) {
        try (NDManager manager = NDManager.newBaseManager()) {
            Draw d = new Draw(manager, 1000L * each.name().hashCode() + seed);
            Forward forward = each.make().apply(d);
            boolean[] needed = new boolean[d.inputs.size()];
            for (int i = 0; i < needed.length; i++) {
                needed[i] = i == 0 || d.random.nextInt(4) > 0;
            }
            List<double[]> wanted = found(d, forward, false, needed);
            List<double[]> ours = found(d, forward, true, needed);
            assertThat(ours).hasSameSizeAs(wanted);
            for (int i = 0; i < wanted.size(); i++) {
                assertThat(distance(ours.get(i), wanted.get(i))).as("array " + i).isLessThan(3e-6);
            }
        }
    }

    private static double distance(double[] found, double[] wanted) {
        assertThat(found).hasSameSizeAs(wanted);
        double apart = 0;
        double norm = 1e-6;
        for (int i = 0; i < found.length; i++) {
            apart += Math.pow(found[i] - wanted[i], 2);
            norm += Math.pow(wanted[i], 2);
        }
        return Math.sqrt(apart / norm);
    }

    @Test
    void whatATapeDoesNotKnowIsLeftToAutograd() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Draw d = new Draw(manager, 1);
            int x = d.input(2, 3);
            NDArray w = d.trained(3);
            Forward hidden = (scope, in) -> new NDList(Torch.tanh(in.get(x).mul(w)));
            List<double[]> wanted = found(d, hidden, false, new boolean[] {true});
            Segments segments = new Segments();
            Segment segment =
                    segments.run(3, manager, hidden, new NDList(d.inputs), new boolean[] {true});
            assertThat(segments.hasRecorded()).isFalse();
            assertThat(doubles(segment.outputs().head())).containsExactly(wanted.get(0));
            try (GradientTape tape = new GradientTape(manager);
                    GradientTape.Recording recording = tape.record()) {
                tape.declare(d.inputs.get(x), true);
                assertThatThrownBy(() -> hidden.apply(manager, d.inputs))
                        .isInstanceOf(UnrecordedException.class);
            }
            assertThat(GradientTape.current()).isNull();
        }
    }

    @Test
    void whatDependsOnNothingTrainedKeepsNothing() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Draw d = new Draw(manager, 2);
            int x = d.input(2, 3);
            NDArray w = d.array(4, 3);
            Segment segment =
                    new Segments()
                            .run(
                                    0,
                                    manager,
                                    (scope, in) -> new NDList(Torch.linear(in.get(x), w)),
                                    new NDList(d.inputs),
                                    new boolean[] {false});
            assertThat(segment.needed()).containsExactly(false);
        }
    }
}
