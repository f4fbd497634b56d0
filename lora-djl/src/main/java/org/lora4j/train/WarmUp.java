/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/** How many steps the learning rate takes to rise from 0 to its full value. */
public sealed interface WarmUp {
    /** Returns the number of steps for a training of the given length. */
    int steps(int totalSteps);

    /**
     * A share of all steps, rounded up: {@code ceil(share · totalSteps)}, as transformers' {@code
     * TrainingArguments} rounds its warm-up ratio.
     *
     * @param share in [0, 1]
     */
    record Ratio(double share) implements WarmUp {
        /** Checks the share. */
        public Ratio {
            if (!(share >= 0 && share <= 1)) {
                throw new IllegalArgumentException(
                        "warm-up ratio " + share + "; expected a number in [0, 1]");
            }
        }

        @Override
        public int steps(int totalSteps) {
            return (int) Math.ceil(share * totalSteps);
        }

        @Override
        public String toString() {
            return "warm-up ratio " + share;
        }
    }

    /**
     * A number of steps.
     *
     * @param steps 0 or more
     */
    record Steps(int steps) implements WarmUp {
        /** Checks the number. */
        public Steps {
            if (steps < 0) {
                throw new IllegalArgumentException(
                        "warm-up of " + steps + " steps; expected 0 or more");
            }
        }

        @Override
        public int steps(int totalSteps) {
            return steps;
        }

        @Override
        public String toString() {
            return "warm-up of " + steps + " steps";
        }
    }

    /** Returns a warm-up over a share of all steps, in [0, 1], rounded up to whole steps. */
    static WarmUp ofRatio(double share) {
        return new Ratio(share);
    }

    /** Returns a warm-up over a number of steps. */
    static WarmUp ofSteps(int steps) {
        return new Steps(steps);
    }

    /** Returns no warm-up: the first step has the full rate, unless the schedule says otherwise. */
    static WarmUp none() {
        return new Steps(0);
    }
}
