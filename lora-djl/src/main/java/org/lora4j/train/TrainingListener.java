/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/**
 * Is notified of the events of a training, on the training's thread.
 *
 * <p>A listener's exception is logged and never stops training; the listener is then notified only
 * of the end. Exactly one of {@link #onEnd} and {@link #onFailure} is called.
 */
public interface TrainingListener {
    /** Called before the first step. */
    default void onStart(TrainingStart start) {}

    /** Called after each step. */
    default void onStep(StepInfo step) {}

    /** Called after each validation. */
    default void onValidation(ValidationInfo validation) {}

    /** Called when a training ended without an exception, for whatever reason. */
    default void onEnd(LoraTrainingResult result) {}

    /** Called when a training ended by an exception, which {@link LoraTrainer#fit} then throws. */
    default void onFailure(Throwable failure) {}
}
