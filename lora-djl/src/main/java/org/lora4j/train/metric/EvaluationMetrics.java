/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.metric;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * The quality of a model on validation data.
 *
 * @param loss the mean loss over all loss terms
 * @param count the number of loss terms
 * @param values the other metrics that the predictions have, by name
 */
public record EvaluationMetrics(double loss, long count, Map<String, Double> values) {
    /** Copies the map in its order. */
    public EvaluationMetrics {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** Returns a metric's value, empty where the predictions are of another kind. */
    public OptionalDouble value(Metric metric) {
        if (metric.equals(Metric.LOSS)) {
            return OptionalDouble.of(loss);
        }
        @Nullable Double value = values.get(metric.name());
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /** Returns e to the power of the mean loss, the usual measure of a language model. */
    public double perplexity() {
        return Math.exp(loss);
    }
}
