/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core.regex;

/**
 * How many characters the matching of one pattern may look at, summed over the paths it is tried
 * on. A pattern from a file cannot run for longer, however it backtracks. For one thread.
 */
public final class StepBudget {
    /** A path of 60 characters and a usual pattern take some hundred steps. */
    private static final long STEPS_PER_PATH = 100_000;

    private static final long STEPS_AT_LEAST = 1_000_000;

    private long left;

    private StepBudget(long steps) {
        left = steps;
    }

    /** Returns the budget of a pattern that is tried on a number of paths. */
    public static StepBudget forPaths(int paths) {
        return new StepBudget(STEPS_AT_LEAST + STEPS_PER_PATH * paths);
    }

    /** Counts one step; returns false if none is left. */
    boolean take() {
        return left-- > 0;
    }
}
