/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/**
 * The learning rate of each step. A schedule must be a pure function, since a resumed training asks
 * it again.
 *
 * <p>Linear, cosine and constant follow transformers' {@code get_*_schedule} functions: with w
 * warm-up steps of n in all, step k (from 0) has the rate η k/w while k &lt; w, so that the very
 * first step of a warm-up changes nothing but the optimiser's state; afterwards each has its own
 * factor of η, given here with t = (k - w) / (n - w).
 */
@FunctionalInterface
public interface LearningRateSchedule {
    /**
     * Returns the rate of a step.
     *
     * @param step k, from 0
     * @param totalSteps n
     * @param base η, the configuration's learning rate
     * @return a finite number, 0 or more
     */
    double rate(int step, int totalSteps, double base);

    /**
     * Returns the schedule in words, for logs and reports: by default, the name of its class.
     *
     * @return such as "linear, warm-up ratio 0.06"
     */
    default String name() {
        return getClass().getName();
    }

    /**
     * Falls in a straight line: 1 - t.
     *
     * @param warmUp how the rate rises first
     */
    record Linear(WarmUp warmUp) implements LearningRateSchedule {
        @Override
        public String name() {
            return "linear, " + warmUp;
        }

        @Override
        public double rate(int step, int totalSteps, double base) {
            int w = warmUp.steps(totalSteps);
            return base
                    * (step < w
                            ? rising(step, w)
                            : Math.max(
                                    0, (double) (totalSteps - step) / Math.max(1, totalSteps - w)));
        }
    }

    /**
     * Falls as half a cosine: (1 + cos πt) / 2.
     *
     * @param warmUp how the rate rises first
     */
    record Cosine(WarmUp warmUp) implements LearningRateSchedule {
        @Override
        public String name() {
            return "cosine, " + warmUp;
        }

        @Override
        public double rate(int step, int totalSteps, double base) {
            int w = warmUp.steps(totalSteps);
            double t = (double) (step - w) / Math.max(1, totalSteps - w);
            return base
                    * (step < w ? rising(step, w) : Math.max(0, 0.5 * (1 + Math.cos(Math.PI * t))));
        }
    }

    /**
     * Stays at 1.
     *
     * @param warmUp how the rate rises first
     */
    record Constant(WarmUp warmUp) implements LearningRateSchedule {
        @Override
        public String name() {
            return "constant, " + warmUp;
        }

        @Override
        public double rate(int step, int totalSteps, double base) {
            int w = warmUp.steps(totalSteps);
            return base * (step < w ? rising(step, w) : 1);
        }
    }

    /** Returns the schedule that falls in a straight line. */
    static LearningRateSchedule linear(WarmUp warmUp) {
        return new Linear(warmUp);
    }

    /** Returns the schedule that falls as half a cosine. */
    static LearningRateSchedule cosine(WarmUp warmUp) {
        return new Cosine(warmUp);
    }

    /** Returns the schedule that keeps the rate after the warm-up. */
    static LearningRateSchedule constant(WarmUp warmUp) {
        return new Constant(warmUp);
    }

    private static double rising(int step, int warmUpSteps) {
        return (double) step / Math.max(1, warmUpSteps);
    }
}
