/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import org.lora4j.block.StepContext;

/**
 * Whether a model's own dropouts act in training, and the step they are counted by.
 *
 * <p>Set by whoever trains the model, before a step.
 */
public final class DropoutSwitch {
    private final StepContext steps;
    private volatile boolean on = true;

    /**
     * Creates a switch that is on.
     *
     * @param steps the model's step
     */
    public DropoutSwitch(StepContext steps) {
        this.steps = steps;
    }

    /** Returns the model's step. */
    public StepContext steps() {
        return steps;
    }

    /** Returns whether the model's dropouts act in training. */
    public boolean isOn() {
        return on;
    }

    /**
     * Switches the model's dropouts.
     *
     * @param on whether they act in training
     */
    public void set(boolean on) {
        this.on = on;
    }
}
