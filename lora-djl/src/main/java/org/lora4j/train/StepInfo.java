/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/**
 * A step that was taken.
 *
 * @param step its number, from 1
 * @param totalSteps the steps of the whole training
 * @param epoch the pass over the data, from 1
 * @param loss the mean loss of the step's examples, before the update
 * @param learningRate the rate of the update
 * @param gradientNorm the norm of all gradients together, before clipping
 * @param examples the step's examples
 * @param tokens their tokens without padding, 0 where the batches do not tell
 * @param seconds how long the step took, from reading its batches to the update
 * @param examplesPerSecond the mean rate since the first batch, without validations
 * @param secondsLeft how long the rest takes at that rate, without validations
 */
public record StepInfo(
        int step,
        int totalSteps,
        int epoch,
        double loss,
        double learningRate,
        double gradientNorm,
        int examples,
        long tokens,
        double seconds,
        double examplesPerSecond,
        double secondsLeft) {
    /**
     * Returns the tokens that this step trained on in a second, 0 where the batches do not tell.
     */
    public double tokensPerSecond() {
        return seconds > 0 ? tokens / seconds : 0;
    }
}
