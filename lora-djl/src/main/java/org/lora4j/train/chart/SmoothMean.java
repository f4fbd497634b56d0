/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.chart;

import java.util.ArrayList;
import java.util.List;

/**
 * A mean that follows a series without lagging behind it: of the values on both sides, as many on
 * the one as on the other, so that a steady fall keeps its place. At the beginning the sides are
 * short, so that the mean begins where the series does and follows a steep fall; at the end the
 * later side ends with the series. Values that are not finite are left out.
 */
public final class SmoothMean {
    /** The share of all values that a side has at most. */
    private static final int PARTS = 40;

    /** At the beginning, where losses fall fast, a side is this part of the values before. */
    private static final int EARLY = 3;

    private SmoothMean() {}

    /**
     * Returns how many values a side has at most: a fortieth of all.
     *
     * @param count the number of values
     * @return at least 0
     */
    public static int side(int count) {
        return count / PARTS;
    }

    /**
     * Returns what the mean is called.
     *
     * @param side how many values each side has at most
     * @return such as "mean of 15 steps"
     */
    public static String name(int side) {
        return "mean of " + (2 * side + 1) + " steps";
    }

    /**
     * Computes the mean at each value.
     *
     * @param values the series
     * @param side how many values each side has at most
     * @return as many means; NaN where no value is finite
     */
    public static List<Double> of(List<Double> values, int side) {
        int count = values.size();
        double[] sums = new double[count + 1];
        int[] counts = new int[count + 1];
        for (int i = 0; i < count; i++) {
            double value = values.get(i);
            boolean finite = Double.isFinite(value);
            sums[i + 1] = sums[i] + (finite ? value : 0);
            counts[i + 1] = counts[i] + (finite ? 1 : 0);
        }
        List<Double> means = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int half = Math.min(side, i / EARLY);
            int from = i - half;
            int to = Math.min(count, i + half + 1);
            means.add((sums[to] - sums[from]) / (counts[to] - counts[from]));
        }
        return means;
    }
}
