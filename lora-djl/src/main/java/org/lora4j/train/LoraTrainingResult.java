/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.List;
import java.util.Optional;

/**
 * The result of a training.
 *
 * @param steps the optimiser steps taken
 * @param examples the examples trained on, counted each time
 * @param tokens their tokens without padding, 0 where the batches do not tell
 * @param trainSeconds from the first batch to the last step, without validations
 * @param lossByStep the mean loss of each step's examples, before its update
 * @param lossByEpoch the mean loss over the loss terms of each epoch, the last perhaps unfinished
 * @param validations all validations in order
 * @param restoredStep the step whose tensors the training ended with, when the best were restored;
 *     else the last
 * @param stopReason why it ended
 */
public record LoraTrainingResult(
        int steps,
        long examples,
        long tokens,
        double trainSeconds,
        List<Double> lossByStep,
        List<Double> lossByEpoch,
        List<ValidationInfo> validations,
        int restoredStep,
        StopReason stopReason) {
    /** Copies the lists. */
    public LoraTrainingResult {
        lossByStep = List.copyOf(lossByStep);
        lossByEpoch = List.copyOf(lossByEpoch);
        validations = List.copyOf(validations);
    }

    /** Returns the examples trained on in a second, 0 where no step was taken. */
    public double examplesPerSecond() {
        return trainSeconds > 0 ? examples / trainSeconds : 0;
    }

    /** Returns the tokens trained on in a second, 0 where the batches do not tell. */
    public double tokensPerSecond() {
        return trainSeconds > 0 ? tokens / trainSeconds : 0;
    }

    /** Returns the mean of the steps' losses, NaN where no step was taken. */
    public double meanLoss() {
        return lossByStep.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    /** Returns the validation of the tensors that the training ended with, where there was one. */
    public Optional<ValidationInfo> finalValidation() {
        return validations.stream().filter(v -> v.step() == restoredStep).reduce((a, b) -> b);
    }
}
