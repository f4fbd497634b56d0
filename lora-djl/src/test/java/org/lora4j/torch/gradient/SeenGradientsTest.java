/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.lora4j.torch.Sequences;
import org.lora4j.torch.Torch;

/** Segments of which a tape alone would see a part: their gradients are autograd's all the same. */
final class SeenGradientsTest {
    private static final int SIZE = 4;

    /** A segment of x [3, 4] and what it trains, w [4, 4] and v [4]. */
    private interface Body {
        NDArray apply(NDArray x, NDArray w, NDArray v);
    }

    private static NDArray array(NDManager manager, long seed, long... shape) {
        double[] values = new Random(seed).doubles(new Shape(shape).size(), -1, 1).toArray();
        return manager.create(values, new Shape(shape));
    }

    private static Map<String, Body> bodies() {
        Map<String, Body> bodies = new TreeMap<>();
        bodies.put(
                "a weight used directly and through a computation",
                (x, w, v) -> Torch.linear(Torch.tanh(Torch.linear(x, w)), w.mul(w)));
        bodies.put(
                "a weight used directly and transposed",
                (x, w, v) -> Torch.linear(Torch.tanh(Torch.linear(x, w)), w.transpose(1, 0)));
        bodies.put(
                "a normalised weight beside itself",
                (x, w, v) ->
                        Torch.linear(
                                Torch.linear(x, w),
                                w.div(w.square().sum(new int[] {1}, true).sqrt())));
        bodies.put(
                "a factor that an operation of DJL makes of activations",
                (x, w, v) -> Torch.rmsNorm(Torch.linear(x, w, v), x.sum(new int[] {0}), 1e-6));
        bodies.put(
                "a bias of weights",
                (x, w, v) -> Torch.linear(Torch.linear(x, w, v), w, w.sum(new int[] {0})));
        bodies.put(
                "a result that is written in place",
                (x, w, v) -> {
                    NDArray y = Torch.linear(x, w, v);
                    y.muli(3);
                    return Torch.gelu(y);
                });
        bodies.put(
                "an output that is written in place",
                (x, w, v) -> {
                    NDArray y = Torch.linear(x, w, v);
                    y.muli(2);
                    return y;
                });
        bodies.put(
                "a product that broadcasts",
                (x, w, v) -> Torch.multiply(Torch.linear(x, w, v), Sequences.columns(x, 1, 2)));
        bodies.put(
                "a sum that broadcasts",
                (x, w, v) -> Torch.add(Torch.linear(x, w, v), Sequences.columns(x, 1, 2)));
        bodies.put(
                "an added norm that broadcasts",
                (x, w, v) ->
                        Torch.addLayerNorm(
                                Torch.linear(x, w), Sequences.columns(x, 1, 2), v, v, 1e-5));
        bodies.put(
                "a gate that broadcasts",
                (x, w, v) -> Torch.siluMultiply(Torch.linear(x, w), Sequences.columns(x, 1, 2)));
        bodies.put(
                "a gradient that is shared with a view",
                (x, w, v) -> {
                    NDArray a = Torch.tanh(Torch.linear(x, w));
                    NDArray h = Torch.gelu(Torch.linear(x, w, v));
                    NDArray k = Torch.tanh(h);
                    NDArray s = Sequences.joined(Sequences.heads(h, 2));
                    return Torch.add(Torch.add(a, s), Torch.scale(k, 0.5));
                });
        bodies.put("its input", (x, w, v) -> x);
        return bodies;
    }

    private static List<double[]> gradients(Body body, boolean tapes) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray w = array(manager, 1, SIZE, SIZE);
            NDArray v = array(manager, 2, SIZE);
            w.setRequiresGradient(true);
            v.setRequiresGradient(true);
            Forward forward = (scope, in) -> new NDList(body.apply(in.head(), w, v));
            Segments segments = new Segments();
            segments.useTapes(tapes);
            NDList inputs = new NDList(array(manager, 3, 3, SIZE));
            Segment segment = segments.run(0, manager, forward, inputs, new boolean[] {true});
            List<NDArray> given = new ArrayList<>();
            given.add(array(manager, 4, segment.outputs().head().getShape().getShape()));
            GradientSums sums = new GradientSums(List.of(w, v), manager);
            List<double[]> found = new ArrayList<>();
            found.add(doubles(segment.pullback(given, sums).get(0)));
            sums.complete().forEach(sum -> found.add(doubles(sum)));
            return found;
        }
    }

    private static double[] doubles(NDArray array) {
        return array.toType(DataType.FLOAT64, true).toDoubleArray();
    }

    @TestFactory
    List<DynamicTest> noGradientIsLost() {
        List<DynamicTest> tests = new ArrayList<>();
        bodies().forEach(
                        (name, body) -> tests.add(DynamicTest.dynamicTest(name, () -> same(body))));
        return tests;
    }

    private static void same(Body body) {
        List<double[]> wanted = gradients(body, false);
        List<double[]> found = gradients(body, true);
        for (int i = 0; i < wanted.size(); i++) {
            assertThat(found.get(i)).as("array " + i).hasSameSizeAs(wanted.get(i));
            for (int k = 0; k < wanted.get(i).length; k++) {
                assertThat(found.get(i)[k]).isCloseTo(wanted.get(i)[k], within(1e-6));
            }
        }
    }

    /** As where an expert is chosen for the first time in a later batch. */
    @Test
    void autogradAlsoFindsWhatTheFirstBatchDidNotUse() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray w = array(manager, 1, SIZE, SIZE);
            NDArray v = array(manager, 2, SIZE, SIZE);
            w.setRequiresGradient(true);
            v.setRequiresGradient(true);
            Segments segments = new Segments();
            NDList inputs = new NDList(array(manager, 3, 3, SIZE));
            for (NDArray chosen : List.of(w, v)) {
                Forward forward =
                        (scope, in) ->
                                new NDList(
                                        Torch.linear(
                                                in.head().reshape(in.head().getShape()), chosen));
                Segment segment = segments.run(0, manager, forward, inputs, new boolean[] {true});
                GradientSums sums = new GradientSums(List.of(w, v), manager);
                List<NDArray> given = new ArrayList<>();
                given.add(array(manager, 4, 3, SIZE));
                segment.pullback(given, sums);
                assertThat(sums.found()).containsExactly(chosen == w, chosen == v);
            }
        }
    }
}
