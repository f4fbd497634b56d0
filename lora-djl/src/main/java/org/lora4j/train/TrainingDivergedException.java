/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.List;

/**
 * The loss or a gradient became NaN or infinite; the trained tensors are as the last good step left
 * them.
 */
public final class TrainingDivergedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int step;
    private final transient List<Integer> examples;

    TrainingDivergedException(String message, int step, List<Integer> examples) {
        super(message);
        this.step = step;
        this.examples = List.copyOf(examples);
    }

    /** Returns the step that failed, from 1. */
    public int step() {
        return step;
    }

    /** Returns the places in the data set, from 0, of the examples that the step was taken on. */
    public List<Integer> examples() {
        return examples;
    }
}
