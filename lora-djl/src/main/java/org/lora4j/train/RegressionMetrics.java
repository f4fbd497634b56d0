/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How well values were predicted.
 *
 * @param mse the mean squared error
 * @param pearson Pearson's correlation, NaN where predictions or truth are constant
 * @param spearman Pearson's correlation of the ranks, ties having their mean rank; NaN likewise
 */
public record RegressionMetrics(double mse, double pearson, double spearman) {
    /**
     * Compares predictions with the truth.
     *
     * @throws IllegalArgumentException if there are none
     */
    public static RegressionMetrics of(Predictions.Values predictions) {
        double[] x = unbox(predictions.predicted());
        double[] y = unbox(predictions.truth());
        if (x.length == 0) {
            throw new IllegalArgumentException("no predictions to measure; expected one at least");
        }
        double squares = 0;
        for (int i = 0; i < x.length; i++) {
            squares += (x[i] - y[i]) * (x[i] - y[i]);
        }
        return new RegressionMetrics(
                squares / x.length, correlation(x, y), correlation(ranks(x), ranks(y)));
    }

    private static double[] unbox(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static double correlation(double[] x, double[] y) {
        double meanX = mean(x);
        double meanY = mean(y);
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            double dx = x[i] - meanX;
            double dy = y[i] - meanY;
            xy += dx * dy;
            xx += dx * dx;
            yy += dy * dy;
        }
        return xy / (Math.sqrt(xx) * Math.sqrt(yy));
    }

    private static double mean(double[] x) {
        double sum = 0;
        for (double value : x) {
            sum += value;
        }
        return sum / x.length;
    }

    private static double[] ranks(double[] x) {
        int[] order =
                IntStream.range(0, x.length)
                        .boxed()
                        .sorted(Comparator.comparingDouble(i -> x[i]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        double[] ranks = new double[x.length];
        for (int from = 0; from < order.length; ) {
            int to = from + 1;
            while (to < order.length && x[order[to]] == x[order[from]]) {
                to++;
            }
            for (int i = from; i < to; i++) {
                ranks[order[i]] = (from + to - 1) / 2.0;
            }
            from = to;
        }
        return ranks;
    }
}
