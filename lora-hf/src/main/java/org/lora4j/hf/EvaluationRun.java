/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.util.List;
import java.util.Optional;
import org.lora4j.train.metric.EvaluationMetrics;

/**
 * What a pass over texts gave.
 *
 * @param metrics how right it was; empty where the texts had no labels
 * @param predictions one for each text, in the order of the data
 */
public record EvaluationRun(Optional<EvaluationMetrics> metrics, List<Prediction> predictions) {
    /** Copies the list. */
    public EvaluationRun {
        predictions = List.copyOf(predictions);
    }
}
