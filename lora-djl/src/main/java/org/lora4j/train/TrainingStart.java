/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.List;

/**
 * A training about to begin.
 *
 * @param config its configuration, with the learning rate that was chosen
 * @param totalSteps the steps it will take unless it stops early
 * @param resumedSteps the steps that were taken before, by the training that is resumed; 0 at its
 *     beginning
 * @param trainableParameters how many numbers are trained
 * @param settings the values that decide most about the result, each with its reason
 */
public record TrainingStart(
        LoraTrainingConfig config,
        int totalSteps,
        int resumedSteps,
        long trainableParameters,
        List<Setting> settings) {
    /**
     * A value and why it has been chosen.
     *
     * @param name what is set, such as "learning rate"
     * @param value its value
     * @param reason "as set", or where the value comes from
     */
    public record Setting(String name, String value, String reason) {
        @Override
        public String toString() {
            return "%s %s (%s)".formatted(name, value, reason);
        }
    }

    /** Copies the settings. */
    public TrainingStart {
        settings = List.copyOf(settings);
    }
}
