/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.chart;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Maps values to positions along an axis, linearly or by their logarithm, with at most {@value
 * #MOST_TICKS} round ticks. The range is widened to whole ticks.
 */
public final class Scale {
    /** The most ticks that an axis gets. */
    public static final int MOST_TICKS = 7;

    /** The quotient of the largest and the smallest value from which a logarithm helps. */
    private static final double LOG_FROM = 10;

    private static final double[] STEPS = {1, 2, 5, 10};
    private static final double[] STEPS_OF_DECADES = {1};
    private static final double[][] LOG_STEPS = {{1, 2, 5}, {1, 3}, {1}};
    private static final double NEARLY = 1e-9;
    private static final int MOST_DECIMALS = 4;

    private final boolean log;
    private final double low;
    private final double high;
    private final List<Double> ticks;

    private Scale(boolean log, double low, double high, List<Double> ticks) {
        this.log = log;
        this.low = low;
        this.high = high;
        this.ticks = List.copyOf(ticks);
    }

    /**
     * Returns whether values are better read on a logarithmic axis: all are positive, and the
     * largest is more than ten times the smallest.
     *
     * @param min the smallest value
     * @param max the largest value
     * @return whether a logarithm helps
     */
    public static boolean isBetterAsLog(double min, double max) {
        return min > 0 && max / min > LOG_FROM;
    }

    /**
     * Makes a linear scale.
     *
     * @param min the smallest value that it must show
     * @param max the largest
     * @return a scale from one tick to another
     */
    public static Scale linear(double min, double max) {
        double range = max - min;
        double from = min;
        double to = max;
        if (!(range > 0)) {
            double around = min == 0 ? 1 : Math.abs(min) / 2;
            from = min - around;
            to = max + around;
        }
        double step = step((to - from) / (MOST_TICKS - 2));
        double first = Math.floor(from / step + NEARLY);
        double last = Math.ceil(to / step - NEARLY);
        List<Double> ticks = new ArrayList<>();
        for (double k = first; k <= last; k++) {
            ticks.add(clean(k * step));
        }
        return new Scale(false, ticks.get(0), ticks.get(ticks.size() - 1), ticks);
    }

    /**
     * Makes a linear scale of counts from 0: whole ticks, and no more room than is needed.
     *
     * @param max the largest count
     * @return a scale from 0 to that count
     */
    public static Scale counts(long max) {
        double step = Math.max(1, step((double) Math.max(1, max) / (MOST_TICKS - 1)));
        List<Double> ticks = new ArrayList<>();
        for (double tick = 0; tick <= max; tick += step) {
            ticks.add(tick);
        }
        return new Scale(false, 0, Math.max(1, max), ticks);
    }

    /**
     * Makes a logarithmic scale.
     *
     * @param min the smallest value that it must show, above 0
     * @param max the largest
     * @return a scale from one tick to another
     */
    public static Scale logarithmic(double min, double max) {
        for (double[] steps : LOG_STEPS) {
            List<Double> ticks = logTicks(min, max, steps);
            if (ticks.size() <= MOST_TICKS) {
                return new Scale(true, ticks.get(0), ticks.get(ticks.size() - 1), ticks);
            }
        }
        List<Double> decades = logTicks(min, max, STEPS_OF_DECADES);
        int every = (decades.size() + MOST_TICKS - 2) / (MOST_TICKS - 1);
        List<Double> ticks = new ArrayList<>();
        for (int i = 0; i < decades.size(); i += every) {
            ticks.add(decades.get(i));
        }
        double high = Math.max(max, decades.get(decades.size() - 1));
        return new Scale(true, decades.get(0), high, ticks);
    }

    /** Returns the ticks from the last at or below the minimum to the first at or above the max. */
    private static List<Double> logTicks(double min, double max, double[] steps) {
        List<Double> all = new ArrayList<>();
        int firstDecade = (int) Math.floor(Math.log10(min)) - 1;
        int lastDecade = (int) Math.ceil(Math.log10(max)) + 1;
        for (int decade = firstDecade; decade <= lastDecade; decade++) {
            for (double step : steps) {
                all.add(clean(step * Math.pow(10, decade)));
            }
        }
        int from = 0;
        while (all.get(from + 1) <= min * (1 + NEARLY)) {
            from++;
        }
        int to = from + 1;
        while (all.get(to) < max * (1 - NEARLY)) {
            to++;
        }
        return all.subList(from, to + 1);
    }

    /** Returns the smallest round step, 1, 2 or 5 times a power of ten, that is not below. */
    private static double step(double atLeast) {
        double power = Math.pow(10, Math.floor(Math.log10(atLeast)));
        for (double step : STEPS) {
            if (step * power >= atLeast * (1 - NEARLY)) {
                return step * power;
            }
        }
        return 10 * power;
    }

    /** Removes the error of the last digits, so that a tick is the number that its label says. */
    private static double clean(double value) {
        return new BigDecimal(value).round(new MathContext(12)).doubleValue();
    }

    /**
     * Returns whether the scale is logarithmic.
     *
     * @return whether it is
     */
    public boolean isLogarithmic() {
        return log;
    }

    /**
     * Returns the lower end.
     *
     * @return the value at position 0
     */
    public double low() {
        return low;
    }

    /**
     * Returns the upper end.
     *
     * @return the value at position 1
     */
    public double high() {
        return high;
    }

    /**
     * Returns the ticks.
     *
     * @return values, rising
     */
    public List<Double> ticks() {
        return ticks;
    }

    /**
     * Returns where a value is.
     *
     * @param value a finite value, on a logarithmic scale above 0
     * @return from 0 at the lower end to 1 at the upper; outside of it for values beyond
     */
    public double position(double value) {
        return log
                ? (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))
                : (value - low) / (high - low);
    }

    /**
     * Returns the label of a tick: on a linear scale with as many decimals as its neighbours have.
     *
     * @param tick one of {@link #ticks}
     * @return its label
     */
    public String labelOf(double tick) {
        if (log || ticks.size() < 2 || Math.max(Math.abs(low), Math.abs(high)) >= 1e6) {
            return label(tick);
        }
        int decimals =
                (int) Math.max(0, -Math.floor(Math.log10(ticks.get(1) - ticks.get(0)) + NEARLY));
        return decimals > MOST_DECIMALS
                ? label(tick)
                : String.format(Locale.ROOT, "%,." + decimals + "f", tick);
    }

    /**
     * Returns a number as ticks show it, short: 0.05, 1,200, 3e-5, 2M.
     *
     * @param value a tick
     * @return its label
     */
    public static String label(double value) {
        double size = Math.abs(value);
        if (size >= 1e6 || (size > 0 && size < 1e-3)) {
            if (size >= 1e6 && size < 1e12) {
                return size < 1e9 ? plain(value / 1e6) + "M" : plain(value / 1e9) + "G";
            }
            int power = (int) Math.floor(Math.log10(size) + NEARLY);
            return plain(value / Math.pow(10, power)) + "e" + power;
        }
        return size >= 1e3 ? String.format(Locale.ROOT, "%,.0f", value) : plain(value);
    }

    private static String plain(double value) {
        return new BigDecimal(value).round(new MathContext(6)).stripTrailingZeros().toPlainString();
    }
}
