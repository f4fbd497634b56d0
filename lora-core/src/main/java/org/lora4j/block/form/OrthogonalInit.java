/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import org.lora4j.block.random.CounterRandom;

/**
 * Matrices that begin orthogonal to one another: A = (X Q₁)ᵀ/10 and B = Yᵀ Q₂/10, with the odd rows
 * Q₁ and the even rows Q₂ of an orthogonal matrix [r, r], so that B A = 0. Follows orthogonal_init
 * in PEFT's tuners/lora/layer.py.
 */
final class OrthogonalInit {
    private static final double DIVISOR = 10;

    private final int rank;
    private final long key;
    private final double[][] rows;

    OrthogonalInit(String path, int rank, long key) {
        if (rank % 2 != 0) {
            throw new IllegalArgumentException(
                    "%s cannot begin with ORTHOGONAL: its rank is %d, expected an even one"
                            .formatted(path, rank));
        }
        this.rank = rank;
        this.key = key;
        this.rows = orthogonal(rank, CounterRandom.derive(key, "orthogonal"));
    }

    /** A matrix with orthogonal rows of length 1, drawn at random: Gram and Schmidt, twice. */
    private static double[][] orthogonal(int n, long key) {
        double[][] rows = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                rows[i][j] = CounterRandom.gaussian(key, i * n + j);
            }
            for (int twice = 0; twice < 2; twice++) {
                for (int k = 0; k < i; k++) {
                    double along = dot(rows[i], rows[k]);
                    for (int j = 0; j < n; j++) {
                        rows[i][j] -= along * rows[k][j];
                    }
                }
                double length = Math.sqrt(dot(rows[i], rows[i]));
                for (int j = 0; j < n; j++) {
                    rows[i][j] /= length;
                }
            }
        }
        return rows;
    }

    private static double dot(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }

    /** A [r, in]. */
    float[] a(long inputs) {
        int in = Math.toIntExact(inputs);
        float[] drawn = product(in, 0, "lora_A");
        float[] a = new float[drawn.length];
        for (int i = 0; i < in; i++) {
            for (int r = 0; r < rank; r++) {
                a[r * in + i] = drawn[i * rank + r];
            }
        }
        return a;
    }

    /** B [out, r]. */
    float[] b(long outputs) {
        return product(Math.toIntExact(outputs), 1, "lora_B");
    }

    /** X Q / 10, [sides, r], with every second row of the orthogonal matrix from one on. */
    private float[] product(int sides, int from, String name) {
        long own = CounterRandom.derive(key, name);
        int half = rank / 2;
        float[] values = new float[Math.multiplyExact(sides, rank)];
        for (int i = 0; i < sides; i++) {
            for (int r = 0; r < rank; r++) {
                double sum = 0;
                for (int k = 0; k < half; k++) {
                    sum += CounterRandom.gaussian(own, i * half + k) * rows[2 * k + from][r];
                }
                values[i * rank + r] = (float) (sum / DIVISOR);
            }
        }
        return values;
    }
}
