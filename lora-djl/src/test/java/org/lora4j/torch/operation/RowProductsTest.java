/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.kernels.RowTerm;
import org.lora4j.core.DeltaDtype;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchKernels;

class RowProductsTest {
    private static final int IN = 37;
    private static final int OUT = 53;

    private final NDManager manager = NDManager.newBaseManager();
    private final Random random = new Random(3);

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void eachWayMultiplies(int left) {
        ScriptSource source = ScriptSource.read("dense.py");
        List<String> needs = source.needs().subList(left, 2);
        Script dense = new Script(source, needs);
        NDArray x = random(5, IN);
        NDArray w = random(OUT, IN);
        try (GradMode off = GradMode.off()) {
            assertProduct(dense.array("linear", x, w, null), x, w, null, 1e-5);
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "8", "16", "17"})
    void fewRowsAndMoreAgreeWithDoublePrecision(int rows) {
        NDArray x = random(rows, IN);
        NDArray w = random(OUT, IN);
        NDArray b = random(OUT);
        try (GradMode off = GradMode.off()) {
            assertProduct(Torch.linear(x, w), x, w, null, 1e-5);
            assertProduct(Torch.linear(x, w, b), x, w, b, 1e-5);
            assertThat(Torch.linear(x.reshape(1, rows, IN), w, b).getShape())
                    .isEqualTo(new Shape(1, rows, OUT));
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "8", "17"})
    void inBfloat16TheSumIsRoundedOnce(int rows) {
        UnaryOperator<NDArray> rounded = a -> Torch.toFloat32(Torch.toBfloat16(a));
        NDArray x = rounded.apply(random(rows, IN));
        NDArray w = rounded.apply(random(OUT, IN));
        try (GradMode off = GradMode.off()) {
            NDArray y = Torch.linear(Torch.toBfloat16(x), Torch.toBfloat16(w));
            // half a unit of the 8 bits, of sums below 32
            assertProduct(Torch.toFloat32(y), x, w, null, 1 / 16.0 + 1e-4);
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "16"})
    void inBfloat16AnAdapterAddsTheSameNumbersInPlace(int rows) {
        NDArray x = Torch.toBfloat16(random(rows, IN));
        NDArray y = Torch.toBfloat16(random(rows, OUT));
        LowRankTerm term =
                new LowRankTerm(random(4, IN), random(OUT, 4), 0.7, DeltaDtype.ACTIVATION);
        LoraKernels kernels = new TorchKernels();
        try (GradMode off = GradMode.off()) {
            NDArray sum = Torch.toFloat32(kernels.addLowRank(y, x, term));
            NDArray inPlace = kernels.overwriting().addLowRank(y, x, term);
            assertThat(Torch.toFloat32(inPlace).toFloatArray()).isEqualTo(sum.toFloatArray());
            assertThat(Torch.toFloat32(y).toFloatArray()).isEqualTo(sum.toFloatArray());
        }
    }

    /** One row, several, two terms on the same one, and a row without a term. */
    private List<RowTerm> terms(DeltaDtype dtype) {
        return List.of(
                new RowTerm(new LowRankTerm(random(4, IN), random(OUT, 4), 0.7, dtype), 0, 1),
                new RowTerm(new LowRankTerm(random(3, IN), random(OUT, 3), -2, dtype), 1, 4),
                new RowTerm(new LowRankTerm(random(5, IN), random(OUT, 5), 1.5, dtype), 5, 6),
                new RowTerm(new LowRankTerm(random(1, IN), random(OUT, 1), 0.3, dtype), 5, 6));
    }

    /** y + s (x Aᵀ) Bᵀ on the rows of each term, in double precision. */
    private static double[] sums(NDArray y, NDArray x, List<RowTerm> terms) {
        float[] before = y.toFloatArray();
        float[] in = x.toFloatArray();
        double[] sums = IntStream.range(0, before.length).mapToDouble(i -> before[i]).toArray();
        for (RowTerm each : terms) {
            float[] a = each.term().a().toFloatArray();
            float[] b = each.term().b().toFloatArray();
            int rank = a.length / IN;
            for (int row = (int) each.from(); row < each.to(); row++) {
                for (int r = 0; r < rank; r++) {
                    double h = 0;
                    for (int k = 0; k < IN; k++) {
                        h += (double) in[row * IN + k] * a[r * IN + k];
                    }
                    for (int o = 0; o < OUT; o++) {
                        sums[row * OUT + o] += each.term().scaling() * h * b[o * rank + r];
                    }
                }
            }
        }
        return sums;
    }

    private static double farthest(NDArray found, double[] expected) {
        float[] values = found.toFloatArray();
        assertThat(values).hasSize(expected.length);
        return IntStream.range(0, values.length)
                .mapToDouble(i -> Math.abs(values[i] - expected[i]))
                .max()
                .orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(DeltaDtype.class)
    void termsOfSomeRowsAgreeWithDoublePrecision(DeltaDtype dtype) {
        NDArray x = random(7, IN);
        NDArray y = random(7, OUT);
        List<RowTerm> terms = terms(dtype);
        double[] expected = sums(y, x, terms);
        assertThat(farthest(y, expected)).isGreaterThan(1); // the terms are seen
        LoraKernels kernels = new TorchKernels();
        try (GradMode off = GradMode.off()) {
            assertThat(farthest(kernels.addLowRank(y, x, terms), expected)).isLessThan(1e-4);
            NDArray wide = kernels.addLowRank(Torch.toFloat64(y), Torch.toFloat64(x), terms);
            assertThat(farthest(Torch.toFloat32(wide), expected)).isLessThan(1e-4);
            NDArray deep = kernels.addLowRank(y.reshape(7, 1, OUT), x.reshape(7, 1, IN), terms);
            assertThat(farthest(deep, expected)).isLessThan(1e-4);
            NDArray narrow = Torch.toBfloat16(x);
            double[] ofNarrow = sums(y, Torch.toFloat32(narrow), terms);
            NDArray rounded =
                    Torch.toFloat32(kernels.addLowRank(Torch.toBfloat16(y), narrow, terms));
            // y and sums below 256, two roundings to 8 bits
            assertThat(farthest(rounded, ofNarrow)).isLessThan(1);
            kernels.overwriting().addLowRank(y, x, terms);
            assertThat(farthest(y, expected)).isLessThan(1e-4);
        }
    }

    @Test
    void aTransposedWeightAndAnotherDtypeAreTaken() {
        NDArray x = random(2, IN);
        NDArray w = random(IN, OUT).transpose();
        try (GradMode off = GradMode.off()) {
            assertProduct(Torch.linear(x, w), x, w, null, 1e-5);
            NDArray wide = Torch.toFloat64(w);
            assertProduct(Torch.linear(x, wide), x, w, null, 1e-5);
        }
    }

    @Test
    void whatIsRecordedHasItsGradient() {
        NDArray x = random(2, IN);
        NDArray w = random(OUT, IN);
        w.setRequiresGradient(true);
        try (GradMode on = GradMode.on()) {
            NDArray sum = Torch.linear(x, w).sum();
            float[] gradient = Autograd.gradients(sum, List.of(w)).head().toFloatArray();
            float[] rows = x.toFloatArray();
            assertThat(gradient).hasSize(OUT * IN);
            for (int i = 0; i < gradient.length; i++) {
                float expected = rows[i % IN] + rows[IN + i % IN];
                assertThat(gradient[i]).isCloseTo(expected, within(1e-6f));
            }
        }
    }

    private NDArray random(int... shape) {
        long[] sizes = new long[shape.length];
        int count = 1;
        for (int i = 0; i < shape.length; i++) {
            sizes[i] = shape[i];
            count *= shape[i];
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return manager.create(values, new Shape(sizes));
    }

    private static void assertProduct(
            NDArray y, NDArray x, NDArray w, @Nullable NDArray b, double tolerance) {
        float[] found = y.toFloatArray();
        float[] rows = x.toFloatArray();
        float[] columns = w.toFloatArray();
        assertThat(found).hasSize((int) x.getShape().get(0) * OUT);
        for (int i = 0; i < found.length; i++) {
            double sum = b == null ? 0 : b.getFloat(i % OUT);
            for (int k = 0; k < IN; k++) {
                sum += (double) rows[i / OUT * IN + k] * columns[i % OUT * IN + k];
            }
            assertThat((double) found[i]).isCloseTo(sum, within(tolerance));
        }
    }
}
