/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The control: a linear layer with low-rank corrections in plain double loops. */
@SuppressWarnings("ArrayRecordComponent")
public // matrices, never compared
final class NaiveLora {
    public final double[][] weight;
    final double @Nullable [] bias;
    public final List<Term> terms = new ArrayList<>();

    public NaiveLora(double[][] weight, double @Nullable [] bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /** A correction: scale * (x o mask) A^T B^T; no mask means all ones. */
    public record Term(double[][] a, double[][] b, double scale, double @Nullable [][] mask) {}

    /** What backward returns for one term and the input. */
    record Gradients(double[][] a, double[][] b, double[][] x) {}

    public void add(double[][] a, double[][] b, double scale, double @Nullable [][] mask) {
        terms.add(new Term(a, b, scale, mask));
    }

    public double[][] forward(double[][] x) {
        double[][] y = times(x, transpose(weight));
        for (double[] row : y) {
            for (int j = 0; j < row.length; j++) {
                row[j] += bias == null ? 0 : bias[j];
            }
        }
        for (Term term : terms) {
            double[][] up =
                    times(times(hadamard(x, term.mask), transpose(term.a)), transpose(term.b));
            add(y, up, term.scale);
        }
        return y;
    }

    /** By the formulas of matrix calculus, for one term. */
    Gradients backward(double[][] x, double[][] dy) {
        Term term = terms.get(0);
        double[][] dropped = hadamard(x, term.mask);
        double[][] db = times(transpose(dy), times(dropped, transpose(term.a)));
        double[][] da = times(transpose(times(dy, term.b)), dropped);
        double[][] dx = times(dy, weight);
        double[][] through = hadamard(times(times(dy, term.b), term.a), term.mask);
        add(dx, through, term.scale);
        return new Gradients(scaled(da, term.scale), scaled(db, term.scale), dx);
    }

    public static double[][] delta(double[][] a, double[][] b, double scale) {
        return scaled(times(b, a), scale);
    }

    public static double[][] scaled(double[][] x, double factor) {
        double[][] out = new double[x.length][x[0].length];
        add(out, x, factor);
        return out;
    }

    public static void add(double[][] into, double[][] x, double factor) {
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x[0].length; j++) {
                into[i][j] += factor * x[i][j];
            }
        }
    }

    static double[][] times(double[][] x, double[][] y) {
        double[][] out = new double[x.length][y[0].length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < y[0].length; j++) {
                for (int k = 0; k < y.length; k++) {
                    out[i][j] += x[i][k] * y[k][j];
                }
            }
        }
        return out;
    }

    public static double[][] transpose(double[][] x) {
        double[][] out = new double[x[0].length][x.length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x[0].length; j++) {
                out[j][i] = x[i][j];
            }
        }
        return out;
    }

    static double[][] hadamard(double[][] x, double @Nullable [][] mask) {
        double[][] out = new double[x.length][x[0].length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x[0].length; j++) {
                out[i][j] = x[i][j] * (mask == null ? 1 : mask[i][j]);
            }
        }
        return out;
    }

    /** Numbers that float32 holds exactly, so that both sides start from the same. */
    public static double[][] random(long seed, int rows, int columns) {
        Random random = new Random(seed);
        double[][] out = new double[rows][columns];
        for (double[] row : out) {
            for (int j = 0; j < columns; j++) {
                row[j] = (float) random.nextGaussian();
            }
        }
        return out;
    }

    public static float[] flat(double[][] x) {
        float[] out = new float[x.length * x[0].length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) x[i / x[0].length][i % x[0].length];
        }
        return out;
    }

    public static double[][] rows(float[] x, int columns) {
        double[][] out = new double[x.length / columns][columns];
        for (int i = 0; i < x.length; i++) {
            out[i / columns][i % columns] = x[i];
        }
        return out;
    }
}
