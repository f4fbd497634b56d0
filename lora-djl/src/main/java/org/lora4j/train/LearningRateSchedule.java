/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/**
 * The learning rate's factor by step: a pure function, as transformers' {@code get_*_schedule}
 * functions define it.
 *
 * <p>With w warm-up steps of n in all, step k (from 0) has the factor k/w while k &lt; w, so that
 * the very first step of a warm-up changes nothing but the optimiser's state; afterwards each kind
 * goes its way with t = (k - w) / (n - w).
 */
public sealed interface LearningRateSchedule {
    /** Returns the warm-up. */
    WarmUp warmUp();

    /**
     * Returns the factor for a step.
     *
     * @param step k, from 0
     * @param totalSteps n
     */
    double factor(int step, int totalSteps);

    /**
     * Falls in a straight line: 1 - t.
     *
     * @param warmUp how the rate rises first
     */
    record Linear(WarmUp warmUp) implements LearningRateSchedule {
        @Override
        public double factor(int step, int totalSteps) {
            int w = warmUp.steps(totalSteps);
            if (step < w) {
                return rising(step, w);
            }
            return Math.max(0, (double) (totalSteps - step) / Math.max(1, totalSteps - w));
        }
    }

    /**
     * Falls as half a cosine: (1 + cos πt) / 2.
     *
     * @param warmUp how the rate rises first
     */
    record Cosine(WarmUp warmUp) implements LearningRateSchedule {
        @Override
        public double factor(int step, int totalSteps) {
            int w = warmUp.steps(totalSteps);
            if (step < w) {
                return rising(step, w);
            }
            double t = (double) (step - w) / Math.max(1, totalSteps - w);
            return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * t)));
        }
    }

    /**
     * Stays at 1.
     *
     * @param warmUp how the rate rises first
     */
    record Constant(WarmUp warmUp) implements LearningRateSchedule {
        @Override
        public double factor(int step, int totalSteps) {
            int w = warmUp.steps(totalSteps);
            return step < w ? rising(step, w) : 1;
        }
    }

    /** Returns the linear schedule. */
    static LearningRateSchedule linear(WarmUp warmUp) {
        return new Linear(warmUp);
    }

    /** Returns the cosine schedule. */
    static LearningRateSchedule cosine(WarmUp warmUp) {
        return new Cosine(warmUp);
    }

    /** Returns the constant schedule. */
    static LearningRateSchedule constant(WarmUp warmUp) {
        return new Constant(warmUp);
    }

    private static double rising(int step, int warmUpSteps) {
        return (double) step / Math.max(1, warmUpSteps);
    }
}
