/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import java.util.Random;

/** The control: a grouped convolution over two dimensions in plain double loops; one is [1, L]. */
final class NaiveConvolution {
    final int[] stride;
    final int[] padding;
    final int[] dilation;
    final int groups;

    NaiveConvolution(int[] stride, int[] padding, int[] dilation, int groups) {
        this.stride = stride;
        this.padding = padding;
        this.dilation = dilation;
        this.groups = groups;
    }

    NaiveConvolution withGroups(int value) {
        return new NaiveConvolution(stride, padding, dilation, value);
    }

    static NaiveConvolution point(int groups) {
        return new NaiveConvolution(new int[] {1, 1}, new int[] {0, 0}, new int[] {1, 1}, groups);
    }

    /** x [N][in][H][W], w [out][in/groups][kH][kW]. */
    double[][][][] run(double[][][][] x, double[][][][] w) {
        int kernelH = w[0][0].length;
        int kernelW = w[0][0][0].length;
        int height = size(x[0][0].length, kernelH, 0);
        int width = size(x[0][0][0].length, kernelW, 1);
        double[][][][] y = new double[x.length][w.length][height][width];
        int outs = w.length / groups;
        for (int n = 0; n < x.length; n++) {
            for (int o = 0; o < w.length; o++) {
                int first = o / outs * w[0].length;
                for (int i = 0; i < w[0].length; i++) {
                    for (int h = 0; h < height; h++) {
                        for (int v = 0; v < width; v++) {
                            y[n][o][h][v] += at(x[n][first + i], w[o][i], h, v);
                        }
                    }
                }
            }
        }
        return y;
    }

    private int size(int length, int kernel, int axis) {
        int reach = dilation[axis] * (kernel - 1) + 1;
        return (length + 2 * padding[axis] - reach) / stride[axis] + 1;
    }

    private double at(double[][] x, double[][] w, int h, int v) {
        double sum = 0;
        for (int a = 0; a < w.length; a++) {
            for (int b = 0; b < w[0].length; b++) {
                int row = h * stride[0] - padding[0] + a * dilation[0];
                int column = v * stride[1] - padding[1] + b * dilation[1];
                if (row >= 0 && row < x.length && column >= 0 && column < x[0].length) {
                    sum += x[row][column] * w[a][b];
                }
            }
        }
        return sum;
    }

    static double[][][][] add(double[][][][] x, double[][][][] y, double scale) {
        double[][][][] sum = new double[x.length][x[0].length][][];
        for (int n = 0; n < x.length; n++) {
            for (int c = 0; c < x[0].length; c++) {
                sum[n][c] = NaiveLora.scaled(x[n][c], 1);
                NaiveLora.add(sum[n][c], y[n][c], scale);
            }
        }
        return sum;
    }

    static double[][][][] random(long seed, long... shape) {
        Random random = new Random(seed);
        double[][][][] x = zeros(shape);
        for (double[][][] a : x) {
            for (double[][] b : a) {
                for (double[] c : b) {
                    for (int i = 0; i < c.length; i++) {
                        c[i] = (float) (0.5 * random.nextGaussian());
                    }
                }
            }
        }
        return x;
    }

    static double[][][][] zeros(long... shape) {
        return new double[(int) shape[0]][(int) shape[1]][(int) shape[2]][(int) shape[3]];
    }

    static float[] flat(double[][][][] x) {
        float[] out = new float[x.length * x[0].length * x[0][0].length * x[0][0][0].length];
        int at = 0;
        for (double[][][] a : x) {
            for (double[][] b : a) {
                for (double[] c : b) {
                    for (double v : c) {
                        out[at++] = (float) v;
                    }
                }
            }
        }
        return out;
    }

    /** Fills a weight row by row, as a reshape does. */
    static double[][][][] read(double[][] rows, long... shape) {
        double[][][][] out = zeros(shape);
        int at = 0;
        for (double[][][] a : out) {
            for (double[][] b : a) {
                for (double[] c : b) {
                    for (int i = 0; i < c.length; i++) {
                        c[i] = rows[at / rows[0].length][at % rows[0].length];
                        at++;
                    }
                }
            }
        }
        return out;
    }
}
