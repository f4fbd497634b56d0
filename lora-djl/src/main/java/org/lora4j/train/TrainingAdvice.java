/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.List;
import java.util.Objects;

/**
 * What a task recommends to a training: a learning rate for callers who set none, and warnings
 * about what is known to train badly.
 *
 * @param learningRate the rate that is used where the configuration has none, at least 0
 * @param reason where that rate comes from, in words that can follow the number
 * @param largeBatch examples in a step from which on the training warns; 0 never warns
 * @param largeTokens tokens that such a step must have as well, since many short texts make no
 *     large batch; 0 where tokens do not matter
 * @param warnings what is logged before the first step
 */
public record TrainingAdvice(
        double learningRate,
        String reason,
        int largeBatch,
        long largeTokens,
        List<String> warnings) {
    /** A learning rate of 1e-3 and no warnings. */
    public static final TrainingAdvice NONE =
            new TrainingAdvice(1e-3, "the default", 0, 0, List.of());

    /** Copies the warnings. */
    public TrainingAdvice {
        Objects.requireNonNull(reason, "reason");
        warnings = List.copyOf(warnings);
    }
}
