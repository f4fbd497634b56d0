/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.kernels.NdArrayKernels;
import org.lora4j.core.DeltaDtype;

final class LoraLinearGradientTest {
    private static final double[][] X = NaiveLora.random(3, 4, LinearFixture.IN);
    private static final double[][] DY = NaiveLora.random(4, 4, LinearFixture.OUT);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void gradientsOfABAndXAreTheFormulas(boolean bias) {
        try (LinearFixture f = new LinearFixture(bias)) {
            LoraAdapter adapter = f.add("a", LinearFixture.spec(2, 7, 0), 20, -0.5);
            f.context.active().setDefault(new AdapterSelection(java.util.Map.of("a", -0.5)));
            checkGradients(f, adapter, f.input(X, 2, 2, 3), f.input(DY, 2, 2, 5));
        }
    }

    @Test
    void withDropoutGradientsPassThroughTheMask() {
        try (LinearFixture f = new LinearFixture(true)) {
            LoraAdapter adapter = f.add("a", LinearFixture.spec(2, 7, 0.4), 20, 1);
            f.context.active().setDefault(AdapterSelection.of("a"));
            NDArray x = f.input(X, 2, 2, 3);
            StepContext steps = f.context.steps();
            steps.begin(99, 5);
            steps.rows(new long[] {17, 4});
            double[][] mask =
                    NaiveLora.rows(
                            StepContextTest.factors(
                                    steps.mask(x, 0.4, StepContext.pathKey(LinearFixture.PATH)),
                                    0.4),
                            3);
            NaiveLora.Term term = f.control.terms.remove(0);
            f.control.add(term.a(), term.b(), term.scale(), mask);
            assertThat(NaiveLora.flat(mask)).contains(0f).contains((float) (1 / 0.6));
            steps.begin(99, 5);
            steps.rows(new long[] {17, 4});
            LinearFixture.assertClose(f.forward(f.layer, x, true), f.control.forward(X));
            checkGradients(f, adapter, x, f.input(DY, 2, 2, 5));
            NDArray inference = f.forward(x);
            f.control.terms.set(0, term);
            LinearFixture.assertClose(inference, f.control.forward(X));
        }
    }

    private static void checkGradients(
            LinearFixture f, LoraAdapter adapter, NDArray x, NDArray dy) {
        float[] base = LinearFixture.bytes(f.base);
        x.setRequiresGradient(true);
        Gradients.of(() -> f.forward(f.layer, x, true), dy);
        NaiveLora.Gradients expected = f.control.backward(X, DY);
        assertGradient(adapter.a().getArray(), expected.a());
        assertGradient(adapter.b().getArray(), expected.b());
        assertGradient(x, expected.x());
        assertThat(f.base.getParameters().get("weight").getArray().hasGradient()).isFalse();
        assertThat(LinearFixture.bytes(f.base)).containsExactly(base);
    }

    private static void assertGradient(NDArray array, double[][] expected) {
        assertThat(array.getGradient().toFloatArray())
                .containsExactly(NaiveLora.flat(expected), within(1e-5f));
    }

    /** A mask drawn without a trainer must outlive its array: the graph still reads it. */
    @Test
    void masksCountedByCallSurviveUntilTheBackwardPass() {
        try (LinearFixture f = new LinearFixture(true)) {
            LoraAdapter adapter = f.layer.addAdapter("a", LinearFixture.spec(2, 7, 0.5));
            LinearFixture.write(adapter.b(), NaiveLora.random(5, 5, 2));
            f.context.active().setDefault(AdapterSelection.of("a"));
            NDArray x = f.manager.ones(new Shape(3000, 3));
            double ofInput;
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = f.forward(f.layer, x, true);
                ofInput = y.sum().getFloat() - f.forward(f.base, x, false).sum().getFloat();
                for (int i = 0; i < 40; i++) {
                    f.context.steps().mask(x, 0.5, i).close(); // would write over the mask
                }
                collector.backward(y.sum());
            }
            NDArray gradient = adapter.a().getArray().getGradient();
            // y is linear in A, so <A, dA> = the part of the sum that A brings
            double inner = gradient.mul(adapter.a().getArray()).sum().getFloat();
            assertThat(inner).isCloseTo(ofInput, within(1e-2 * Math.abs(ofInput)));
        }
    }

    @Test
    void kernelGradientsEqualFiniteDifferencesInDoublePrecision() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray[] args = {
                doubles(manager, 1, 4, 5), doubles(manager, 2, 4, 3),
                doubles(manager, 3, 2, 3), doubles(manager, 4, 5, 2)
            };
            NDArray dy = doubles(manager, 5, 4, 5);
            ToDoubleFunction<NDArray[]> loss = a -> product(a).mul(dy).sum().getDouble();
            for (NDArray arg : args) {
                arg.setRequiresGradient(true);
            }
            Gradients.of(() -> product(args), dy);
            for (int i = 0; i < args.length; i++) {
                double[] gradient = args[i].getGradient().toDoubleArray();
                double[] values = args[i].toDoubleArray();
                for (int j = 0; j < values.length; j++) {
                    double slope =
                            (at(loss, args, i, j, 1e-5) - at(loss, args, i, j, -1e-5)) / 2e-5;
                    assertThat(gradient[j]).isCloseTo(slope, within(1e-8));
                }
            }
        }
    }

    private static NDArray product(NDArray[] a) {
        return new NdArrayKernels()
                .addLowRank(a[0], a[1], new LowRankTerm(a[2], a[3], 1.75, DeltaDtype.ACTIVATION));
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
}
