/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/** Whole arrays compared in double precision. */
final class Doubles {
    private Doubles() {}

    /**
     * Checks that each value is within an absolute distance; arrays of single precision get more.
     */
    static void assertClose(NDArray found, NDArray expected, double tolerance) {
        assertThat(found.getShape()).isEqualTo(expected.getShape());
        double allowed =
                switch (expected.getDataType()) {
                    case FLOAT64 -> tolerance;
                    case FLOAT32 -> Math.max(tolerance, 2e-5);
                    default -> 0.04; // half types: a unit of the last place of numbers up to 4
                };
        double[] a = of(found);
        double[] b = of(expected);
        for (int i = 0; i < b.length; i++) {
            double difference = Math.abs(a[i] - b[i]);
            assertThat(difference <= allowed)
                    .as("element %d: %s, expected %s", i, a[i], b[i])
                    .isTrue();
        }
    }

    static double[] of(NDArray array) {
        try (NDArray copy = array.duplicate();
                NDArray wide = copy.toType(DataType.FLOAT64, false)) {
            return wide.toDoubleArray();
        }
    }
}
