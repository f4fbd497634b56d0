/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.List;

/**
 * The loss or a gradient became NaN or infinite.
 *
 * <p>The trained tensors are those of the best validation, where there was one and the
 * configuration restores it. Otherwise they are those of the last step whose loss and gradients
 * were finite: the step before the one that failed, or, where the update of that step is what broke
 * the tensors, the one before it. {@link #restoredStep} tells which.
 */
public final class TrainingDivergedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int step;
    private final int restoredStep;
    private final transient List<Integer> examples;

    TrainingDivergedException(String message, int step, int restoredStep, List<Integer> examples) {
        super(message);
        this.step = step;
        this.restoredStep = restoredStep;
        this.examples = List.copyOf(examples);
    }

    /** Returns the step that failed, from 1. */
    public int step() {
        return step;
    }

    /** Returns the step after which the trained tensors were as they are now; 0 is the start. */
    public int restoredStep() {
        return restoredStep;
    }

    /** Returns the places in the data set, from 0, of the examples that the step was taken on. */
    public List<Integer> examples() {
        return examples;
    }
}
