/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * Adds the evaluations of batches up to one {@link EvaluationMetrics}. Of classes it keeps counts;
 * the correlations of values need all of them, 16 bytes for each example. Not thread-safe.
 */
public final class EvaluationTally {
    private final ClassTally classes = new ClassTally();
    private final DoubleStream.Builder predicted = DoubleStream.builder();
    private final DoubleStream.Builder truth = DoubleStream.builder();
    private double lossSum;
    private long count;
    private @Nullable Class<?> kind;

    /**
     * Adds a batch.
     *
     * @param batch what it gave
     * @throws IllegalArgumentException if its predictions are of another kind than those before
     */
    public void add(Evaluation batch) {
        Predictions predictions = batch.predictions();
        if (kind != null && kind != predictions.getClass()) {
            throw new IllegalArgumentException(
                    "an evaluation mixes "
                            + kind.getSimpleName()
                            + " with "
                            + predictions.getClass().getSimpleName()
                            + "; expected one kind of predictions");
        }
        kind = predictions.getClass();
        lossSum += batch.lossSum();
        count += batch.count();
        if (predictions instanceof Predictions.Classes found) {
            classes.add(found);
        } else if (predictions instanceof Predictions.Values values) {
            values.predicted().forEach(predicted::add);
            values.truth().forEach(truth::add);
        }
    }

    /** Returns whether no batch was added. */
    public boolean isEmpty() {
        return kind == null;
    }

    /**
     * Returns the metrics of all batches. It is the last call.
     *
     * @throws IllegalArgumentException if they have no loss terms
     */
    public EvaluationMetrics metrics() {
        if (count < 1) {
            throw new IllegalArgumentException(
                    "the validation data have no loss terms; expected one at least");
        }
        double[] values = predicted.build().toArray();
        return new EvaluationMetrics(
                lossSum / count,
                count,
                classes.isEmpty() ? null : classes.metrics(),
                values.length == 0 ? null : RegressionMetrics.of(values, truth.build().toArray()));
    }
}
