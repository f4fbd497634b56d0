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
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.kernels.RowTerm;
import org.lora4j.core.DeltaDtype;
import org.lora4j.torch.AttentionShape;
import org.lora4j.torch.DisentangledAttention;
import org.lora4j.torch.Dropout;
import org.lora4j.torch.GroupedAttention;
import org.lora4j.torch.Sequences;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchKernels;
import org.lora4j.torch.tape.GradientTape;
import org.lora4j.torch.tape.UnrecordedException;

/** Each recorded operation against autograd, in float64 and of shapes drawn by seed. */
final class SegmentsTest {
    private static final int DRAWS = 8;

    /** Draws the arrays of one case. */
    private static final class Draw {
        final Random random;
        final NDManager manager;
        final NDList inputs = new NDList();
        final List<NDArray> trained = new ArrayList<>();

        Draw(NDManager manager, long seed) {
            this.manager = manager;
            this.random = new Random(seed);
        }

        int number(int least, int most) {
            return least + random.nextInt(most - least + 1);
        }

        NDArray array(long... shape) {
            double[] values = random.doubles(new Shape(shape).size(), -1.5, 1.5).toArray();
            return manager.create(values, new Shape(shape));
        }

        /** An activation whose gradient is wanted. */
        int input(long... shape) {
            inputs.add(array(shape));
            return inputs.size() - 1;
        }

        NDArray trained(long... shape) {
            NDArray weight = array(shape);
            weight.setRequiresGradient(true);
            trained.add(weight);
            return weight;
        }

        NDArray kept(long... shape) {
            return array(shape).gt(-0.7);
        }
    }

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
        cases.add(new Case("causal attention", SegmentsTest::causal));
        cases.add(new Case("grouped attention", SegmentsTest::grouped));
        cases.add(new Case("attention of texts of one length", SegmentsTest::alike));
        cases.add(new Case("disentangled attention", SegmentsTest::disentangled));
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

    private static Forward causal(Draw d) {
        int groups = d.number(1, 3);
        int heads = groups * d.number(1, 3);
        int size = d.number(2, 6);
        int count = d.random.nextInt(3) == 0 ? d.number(8, 10) : d.number(1, 4);
        int[] longest = {12, 150, 560};
        int most = longest[d.random.nextInt(3)];
        long[] lengths = new long[count];
        Arrays.setAll(lengths, i -> d.number(1, most));
        if (d.random.nextBoolean()) {
            Arrays.fill(lengths, lengths[0]);
        }
        long rows = Arrays.stream(lengths).sum();
        int q = d.input(rows, (long) heads * size);
        int k = d.input(rows, (long) groups * size);
        int v = d.input(rows, (long) groups * size);
        int window = d.random.nextBoolean() ? 0 : d.number(1, 20);
        double cap = d.random.nextBoolean() ? 0 : 2;
        AttentionShape shape = new AttentionShape(heads, groups, 0.4, window, cap);
        NDArray each = d.manager.create(lengths);
        long cells = heads * Arrays.stream(lengths).map(t -> t * t).sum();
        boolean drops = d.random.nextBoolean();
        NDArray kept = d.kept(cells);
        return (scope, list) ->
                new NDList(
                        drops
                                ? Sequences.causalAttention(
                                        list.get(q),
                                        list.get(k),
                                        list.get(v),
                                        each,
                                        shape,
                                        kept,
                                        0.3)
                                : Sequences.causalAttention(
                                        list.get(q), list.get(k), list.get(v), each, shape));
    }

    private static Forward grouped(Draw d) {
        int heads = d.number(1, 3);
        int size = d.number(2, 6);
        int[] texts = {d.number(1, 3), d.number(1, 3)};
        int[] longest = {d.random.nextInt(3) == 0 ? 530 : d.number(2, 7), d.number(2, 7)};
        List<Long> places = new ArrayList<>();
        NDList masks = new NDList();
        NDList kepts = new NDList();
        boolean first = d.random.nextBoolean();
        long base = 0;
        for (int group = 0; group < 2; group++) {
            float[] mask = new float[texts[group] * longest[group]];
            for (int text = 0; text < texts[group]; text++) {
                int length = d.number(1, longest[group]);
                for (int i = 0; i < longest[group]; i++) {
                    if (i < length) {
                        places.add(base + text * longest[group] + i);
                    } else {
                        mask[text * longest[group] + i] = -Float.MAX_VALUE;
                    }
                }
            }
            base += (long) texts[group] * longest[group];
            masks.add(d.manager.create(mask, new Shape(texts[group], 1, 1, longest[group])));
            kepts.add(d.kept(texts[group], heads, first ? 1 : longest[group], longest[group]));
        }
        long rows = places.size();
        int q = d.input(first ? texts[0] + texts[1] : rows, (long) heads * size);
        int k = d.input(rows, (long) heads * size);
        int v = d.input(rows, (long) heads * size);
        NDArray place = d.manager.create(places.stream().mapToLong(i -> i).toArray());
        boolean drops = d.random.nextBoolean();
        boolean bias = d.random.nextBoolean();
        int widest = Math.max(longest[0], longest[1]);
        NDArray biases = d.array(d.random.nextBoolean() ? 1 : heads, widest, widest);
        return (scope, list) ->
                new NDList(
                        drops
                                ? GroupedAttention.of(
                                        list.get(q),
                                        list.get(k),
                                        list.get(v),
                                        heads,
                                        place,
                                        masks,
                                        new GroupedAttention.Changes(
                                                bias ? biases : null, kepts, 0.3))
                                : GroupedAttention.of(
                                        list.get(q),
                                        list.get(k),
                                        list.get(v),
                                        heads,
                                        place,
                                        masks,
                                        new GroupedAttention.Changes(
                                                bias ? biases : null, List.of(), 0)));
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

    private static Forward disentangled(Draw d) {
        int heads = d.number(1, 3);
        int size = d.number(2, 5);
        long width = (long) heads * size;
        int[] texts = {d.number(1, 3), d.number(1, 2)};
        int[] longest = {d.number(2, 9), d.number(1, 6)};
        boolean pads = d.random.nextBoolean();
        boolean first = d.random.nextBoolean();
        List<Long> places = new ArrayList<>();
        NDList masks = new NDList();
        List<NDArray> kepts = new ArrayList<>();
        boolean drops = d.random.nextBoolean();
        long base = 0;
        for (int group = 0; group < (pads ? 2 : 1); group++) {
            float[] mask = new float[texts[group] * longest[group]];
            for (int text = 0; text < texts[group]; text++) {
                int length = pads ? d.number(1, longest[group]) : longest[group];
                for (int i = 0; i < longest[group]; i++) {
                    if (i < length) {
                        places.add(base + text * longest[group] + i);
                    } else {
                        mask[text * longest[group] + i] = -Float.MAX_VALUE;
                    }
                }
            }
            base += (long) texts[group] * longest[group];
            masks.add(d.manager.create(mask, new Shape(texts[group], 1, 1, longest[group])));
            if (drops) {
                kepts.add(d.kept(texts[group], heads, first ? 1 : longest[group], longest[group]));
            }
        }
        int count = pads ? texts[0] + texts[1] : texts[0];
        int span = d.number(2, 6);
        int buckets = d.random.nextBoolean() ? span / 2 * 2 : -1;
        int widest = pads ? Math.max(longest[0], longest[1]) : longest[0];
        NDList positions = DisentangledAttention.positions(masks.get(0), widest, span, buckets, 20);
        long rows = positions.get(1).size();
        int q = d.input(first ? count : places.size(), width);
        int k = d.input(places.size(), width);
        int v = d.input(places.size(), width);
        int pk = d.random.nextInt(4) > 0 ? d.input(rows, width) : -1;
        int pq = d.random.nextInt(4) > 0 ? d.input(rows, width) : -1;
        NDArray place = d.manager.create(places.stream().mapToLong(i -> i).toArray());
        return (scope, in) ->
                new NDList(
                        DisentangledAttention.of(
                                in.get(q),
                                in.get(k),
                                in.get(v),
                                new DisentangledAttention.Relative(
                                        pk < 0 ? null : in.get(pk),
                                        pq < 0 ? null : in.get(pq),
                                        positions.get(0)),
                                heads,
                                0.4,
                                pads
                                        ? new DisentangledAttention.Texts(count, place, masks)
                                        : new DisentangledAttention.Texts(
                                                count, null, new NDList()),
                                kepts,
                                0.3));
    }

    private static Forward alike(Draw d) {
        int heads = d.number(1, 3);
        int size = d.number(2, 6);
        int texts = d.number(1, 3);
        int length = d.random.nextInt(3) == 0 ? 520 : d.number(1, 7);
        boolean first = d.random.nextBoolean();
        int q = d.input(first ? texts : (long) texts * length, (long) heads * size);
        int k = d.input((long) texts * length, (long) heads * size);
        int v = d.input((long) texts * length, (long) heads * size);
        NDArray kept = d.kept(texts, heads, first ? 1 : length, length);
        boolean drops = d.random.nextBoolean();
        return (scope, list) ->
                new NDList(
                        drops
                                ? GroupedAttention.alike(
                                        list.get(q),
                                        list.get(k),
                                        list.get(v),
                                        heads,
                                        texts,
                                        kept,
                                        0.3)
                                : GroupedAttention.alike(
                                        list.get(q), list.get(k), list.get(v), heads, texts));
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
