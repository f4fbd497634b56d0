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
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cross-entropy and its gradient against sums in double precision. */
final class LossGradientsTest {
    /** Many classes are computed a few rows at a time: here 4, 4 and 1, and all 7 at once. */
    @ParameterizedTest
    @CsvSource({"9, 260000, FLOAT32", "9, 260000, FLOAT16", "7, 5, FLOAT32", "1, 3, FLOAT32"})
    void lossAndGradientAreThoseOfDoublePrecision(int rows, int classes, DataType type) {
        Random random = new Random(rows);
        float[] values = new float[rows * classes];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 2;
        }
        long[] labels = random.longs(rows, 0, classes).toArray();
        // too unlikely for a probability in float32, and certain
        values[(int) labels[0]] = -200;
        values[(rows - 1) * classes + (int) labels[rows - 1]] = 300;
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.create(values, new Shape(rows, classes)).toType(type, false);
            float[] x = logits.toType(DataType.FLOAT32, true).toFloatArray();
            NDArray label = manager.create(labels);
            NDList found = LossGradients.crossEntropyGradient(logits, label);
            NDArray gradient = found.get(1);
            assertThat(gradient.getDataType()).isEqualTo(type);
            float[] g = gradient.toType(DataType.FLOAT32, true).toFloatArray();
            double rounding = type == DataType.FLOAT16 ? 1e-3 : 1e-6;
            double loss = 0;
            for (int row = 0; row < rows; row++) {
                double[] p = softmax(x, row * classes, classes);
                loss += p[classes] - x[row * classes + (int) labels[row]];
                for (int c = 0; c < classes; c++) {
                    double wanted = p[c] - (c == labels[row] ? 1 : 0);
                    double far = Math.abs(g[row * classes + c] - wanted);
                    // a float16 has steps of 6e-8 near 0
                    assertThat(far).isLessThan(rounding * Math.abs(wanted) + 1e-7);
                }
            }
            assertThat(found.get(0).getDouble()).isCloseTo(loss, within(1e-6 * loss));
            assertThat(LossGradients.crossEntropy(logits, label).getDouble())
                    .isEqualTo(found.get(0).getDouble());
        }
    }

    /** The softmax of a row, and the logarithm of the sum of its exponentials. */
    private static double[] softmax(float[] x, int from, int classes) {
        double most = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) {
            most = Math.max(most, x[from + c]);
        }
        double sum = 0;
        double[] p = new double[classes + 1];
        for (int c = 0; c < classes; c++) {
            p[c] = Math.exp(x[from + c] - most);
            sum += p[c];
        }
        for (int c = 0; c < classes; c++) {
            p[c] /= sum;
        }
        p[classes] = most + Math.log(sum);
        return p;
    }
}
