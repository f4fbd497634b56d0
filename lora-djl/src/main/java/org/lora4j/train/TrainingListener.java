/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/**
 * Hears what a training does, on its thread.
 *
 * <p>A listener that throws does not disturb the training: the exception is logged, and the
 * listener hears of no more steps and validations, but still of the end. Exactly one of {@link
 * #onEnd} and {@link #onFailure} is called.
 */
public interface TrainingListener {
    /** Called before the first step. */
    default void onStart(TrainingStart start) {}

    /** Called after each step. */
    default void onStep(StepInfo step) {}

    /** Called after each validation. */
    default void onValidation(ValidationInfo validation) {}

    /** Called when a training ended in order, by whatever reason. */
    default void onEnd(LoraTrainingResult result) {}

    /** Called when a training ended by an exception, which its caller gets as well. */
    default void onFailure(Throwable failure) {}
}
