/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import org.jspecify.annotations.Nullable;
import org.lora4j.train.metric.HeadOutputs;
import org.lora4j.train.metric.MetricTally;
import org.lora4j.train.metric.Predictions;

/**
 * The loss and the predictions of a batch of validation data.
 *
 * @param lossSum the sum of the loss terms
 * @param count the number of loss terms
 * @param predictions what was predicted, in the order of the batch
 * @param outputs what the head gave, for metrics of the caller's own; null where it says nothing of
 *     single examples
 */
public record Evaluation(
        double lossSum, long count, Predictions predictions, @Nullable HeadOutputs outputs) {
    /** Makes one without outputs. */
    public Evaluation(double lossSum, long count, Predictions predictions) {
        this(lossSum, count, predictions, null);
    }

    /**
     * Adds this to the batches whose metrics are computed together.
     *
     * @throws IllegalArgumentException if its predictions are of another kind than those before
     */
    public void addTo(MetricTally tally) {
        tally.add(lossSum, count, predictions);
        if (outputs != null) {
            tally.add(outputs);
        }
    }
}
