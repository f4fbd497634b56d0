/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import org.lora4j.train.checkpoint.SavedCheckpoint;

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

    /** Called when a checkpoint is whole on disk, perhaps some steps after it was taken. */
    default void onCheckpoint(SavedCheckpoint checkpoint) {}

    /**
     * Returns what the listener needs to go on from here when the training is resumed, such as the
     * length of its file; kept in each checkpoint. Empty by default.
     */
    default String mark() {
        return "";
    }

    /**
     * Called when the training goes on from a checkpoint: after {@link #onStart}, or in the middle
     * of a training that went back after it had diverged. Steps after that one come again.
     */
    default void onResume(Resumed resumed) {}

    /**
     * A training that goes on from a checkpoint.
     *
     * @param step the steps that had been taken
     * @param mark what {@link #mark} returned then; empty if it did not, or there was no such
     *     listener
     * @param rollbacks how often it went back after it had diverged; each time halves the learning
     *     rate
     */
    record Resumed(int step, String mark, int rollbacks) {}

    /** Called when a training ended without an exception, for whatever reason. */
    default void onEnd(LoraTrainingResult result) {}

    /** Called when a training ended by an exception, which {@link LoraTrainer#fit} then throws. */
    default void onFailure(Throwable failure) {}
}
