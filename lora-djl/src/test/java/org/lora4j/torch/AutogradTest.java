/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AutogradTest {
    @Test
    void dependenceSeesWhatTheLossWasComputedFrom() {
        try (NDManager manager = NDManager.newBaseManager();
                GradMode on = GradMode.on()) {
            NDArray a = manager.create(new float[] {1, 2, 3});
            NDArray b = manager.create(new float[] {5});
            a.setRequiresGradient(true);
            b.setRequiresGradient(true);
            NDArray one = manager.create(1f);
            NDList ones = new NDList(one);
            List<NDArray> found =
                    Autograd.pullbackFound(new NDList(a.square().sum()), ones, List.of(b, a));
            assertThat(found.get(0)).isNull();
            assertThat(found.get(1).toFloatArray()).containsExactly(2, 4, 6);
            NDArray cut = a.square().sum().stopGradient();
            assertThat(Autograd.pullbackFound(new NDList(cut), ones, List.of(a, b)))
                    .containsExactly(null, null);
            NDArray loss = a.square().sum();
            NDArray g = Autograd.gradients(loss, List.of(a)).head();
            assertThat(g.toFloatArray()).containsExactly(2, 4, 6);
        }
    }

    /** By hand: each gradient of |x + p + q|² is 2x, and autograd gives one tensor for both. */
    @Test
    void gradientsOfASumAreClippedAndAddedOnceEach() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList gradients = gradientsOfASum(manager, new Shape(4));
            assertThat(Autograd.clip(gradients, Math.sqrt(240) / 10).getFloat())
                    .isEqualTo((float) Math.sqrt(240), within(1e-5f));
            assertTwice(gradients, 0.2f, 0.4f, 0.6f, 0.8f);
            NDList sums = gradientsOfASum(manager, new Shape(4));
            Autograd.addInto(sums, gradientsOfASum(manager, new Shape(4)));
            assertTwice(sums, 4, 8, 12, 16);
            Autograd.scale(sums, 0.5);
            assertTwice(sums, 2, 4, 6, 8);
        }
    }

    /** The same where one gradient is a view of the other, as that of a reshaped array is. */
    @Test
    void gradientsThatAreViewsOfOneArrayAreClippedOnceEach() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList gradients = gradientsOfASum(manager, new Shape(2, 2));
            Autograd.clip(gradients, Math.sqrt(240) / 10);
            assertTwice(gradients, 0.2f, 0.4f, 0.6f, 0.8f);
        }
    }

    private static NDList gradientsOfASum(NDManager manager, Shape shapeOfQ) {
        try (GradMode on = GradMode.on()) {
            NDArray x = manager.create(new float[] {1, 2, 3, 4});
            NDArray p = manager.zeros(new Shape(4));
            NDArray q = manager.zeros(shapeOfQ);
            p.setRequiresGradient(true);
            q.setRequiresGradient(true);
            NDArray sum = Torch.add(Torch.add(x, p).reshape(shapeOfQ), q);
            NDArray loss = Torch.squaredErrorSum(sum, manager.zeros(shapeOfQ));
            return Autograd.gradients(loss, List.of(p, q));
        }
    }

    private static void assertTwice(NDList gradients, float... values) {
        assertThat(gradients).hasSize(2);
        for (NDArray gradient : gradients) {
            assertThat(gradient.toFloatArray()).containsExactly(values, within(1e-5f));
        }
    }

    /** d(Σ p)/dp is one number seen as an array, which cannot be written in place. */
    @Test
    void theGradientOfASumHasMemoryOfItsOwn() {
        try (NDManager manager = NDManager.newBaseManager();
                GradMode on = GradMode.on()) {
            NDArray p = manager.create(new float[] {1, 2, 3});
            p.setRequiresGradient(true);
            NDList gradients = Autograd.gradients(p.sum(), List.of(p));
            Autograd.clip(gradients, Math.sqrt(3) / 2);
            assertThat(gradients.head().toFloatArray())
                    .containsExactly(new float[] {0.5f, 0.5f, 0.5f}, within(1e-5f));
        }
    }

    /** Where y is x + c, the gradient with respect to x is dy itself. */
    @Test
    void aGradientIsNotTheOneThatWasCarriedBack() {
        try (NDManager manager = NDManager.newBaseManager();
                GradMode on = GradMode.on()) {
            NDArray p = manager.create(new float[] {1, 2});
            p.setRequiresGradient(true);
            NDArray c = manager.create(new float[] {5, 6});
            NDArray dy = manager.create(new float[] {3, 4});
            NDList gradients = Autograd.pullback(Torch.add(p, c), dy, List.of(p));
            NDList sum = new NDList(Torch.add(p, c));
            NDList found = new NDList(Autograd.pullbackFound(sum, new NDList(dy), List.of(p)));
            Autograd.scale(gradients, 10);
            Autograd.scale(found, 100);
            assertThat(dy.toFloatArray()).containsExactly(3, 4);
            assertThat(gradients.head().toFloatArray()).containsExactly(30, 40);
            assertThat(found.head().toFloatArray()).containsExactly(300, 400);
        }
    }

    @Test
    void clippingScalesOnlyWhatIsAboveTheBound() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(new float[] {3, 0});
            NDArray y = manager.create(new float[] {4});
            assertThat(Autograd.clip(new NDList(x, y), 10).getFloat()).isEqualTo(5);
            assertThat(x.toFloatArray()).containsExactly(3, 0);
            assertThat(Autograd.clip(new NDList(x, y), 2.5).getFloat()).isEqualTo(5);
            assertThat(x.toFloatArray()).containsExactly(new float[] {1.5f, 0}, within(1e-6f));
            assertThat(y.toFloatArray()).containsExactly(new float[] {2}, within(1e-6f));
        }
    }

    /** Central differences of a small network in float64 against its gradients. */
    @Test
    void gradientsEqualFiniteDifferencesInDoublePrecision() {
        double[] x = {0.3, -1.2, 0.7, 2.0, -0.4, 0.9};
        double[] w = {0.5, -0.2, 0.8, 0.1, 0.4, -0.7, 0.2, 0.6, -0.3, 0.9, -0.5, 0.35};
        double[] target = {0.2, -0.1, 0.4, 0.3, 0.0, -0.6, 0.8, 0.5};
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] gradient;
            try (GradMode on = GradMode.on()) {
                NDArray weight = manager.create(w, new Shape(4, 3));
                weight.setRequiresGradient(true);
                NDArray loss = loss(manager, x, weight, target);
                gradient = Autograd.gradients(loss, List.of(weight)).head().toDoubleArray();
            }
            double h = 1e-5;
            assertThat(gradient).hasSize(w.length);
            for (int i = 0; i < w.length; i++) {
                double there = at(manager, x, w, i, h, target);
                double back = at(manager, x, w, i, -h, target);
                assertThat(gradient[i]).isEqualTo((there - back) / (2 * h), within(1e-8));
            }
            assertThat(gradient[0]).isNotCloseTo(gradient[1], within(1e-3));
        }
    }

    private static double at(
            NDManager manager, double[] x, double[] w, int i, double h, double[] target) {
        double[] moved = w.clone();
        moved[i] += h;
        try (GradMode off = GradMode.off()) {
            NDArray weight = manager.create(moved, new Shape(4, 3));
            return loss(manager, x, weight, target).toDoubleArray()[0];
        }
    }

    private static NDArray loss(NDManager manager, double[] x, NDArray weight, double[] target) {
        NDArray in = manager.create(x, new Shape(2, 3));
        NDArray out = Torch.gelu(Torch.linear(in, weight));
        return Torch.tanh(out).sub(manager.create(target, new Shape(2, 4))).square().sum();
    }
}
