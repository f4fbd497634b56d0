/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.metric;

import java.util.Arrays;
import java.util.function.DoublePredicate;

/** The measures of predicted values x beside the true ones y. */
final class Regression {
    private Regression() {}

    static double meanSquaredError(double[] x, double[] y) {
        double squares = 0;
        for (int i = 0; i < x.length; i++) {
            squares += (x[i] - y[i]) * (x[i] - y[i]);
        }
        return squares / x.length;
    }

    static double spearman(double[] x, double[] y) {
        return pearson(ranks(x), ranks(y));
    }

    static double pearson(double[] x, double[] y) {
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

    /** The mean rank of each number, from 0; NaN has none. */
    private static double[] ranks(double[] x) {
        double[] sorted = x.clone();
        Arrays.sort(sorted);
        double[] ranks = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            double value = x[i];
            int below = count(sorted, other -> other < value);
            int notAbove = count(sorted, other -> other <= value);
            ranks[i] = Double.isNaN(value) ? Double.NaN : ((double) below + notAbove - 1) / 2;
        }
        return ranks;
    }

    /** The length of the beginning of a sorted array that has a property. */
    private static int count(double[] sorted, DoublePredicate property) {
        int from = 0;
        int to = sorted.length;
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (property.test(sorted[middle])) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }
}
