/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the evaluations of batches into one {@link EvaluationMetrics}. */
final class EvaluationTally {
    private final List<Integer> predictedClasses = new ArrayList<>();
    private final List<Integer> trueClasses = new ArrayList<>();
    private final List<Double> predictedValues = new ArrayList<>();
    private final List<Double> trueValues = new ArrayList<>();
    private double lossSum;
    private long count;
    private @Nullable Class<?> kind;

    void add(Evaluation batch) {
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
        if (predictions instanceof Predictions.Classes classes) {
            predictedClasses.addAll(classes.predicted());
            trueClasses.addAll(classes.truth());
        } else if (predictions instanceof Predictions.Values values) {
            predictedValues.addAll(values.predicted());
            trueValues.addAll(values.truth());
        }
    }

    EvaluationMetrics metrics() {
        if (count < 1) {
            throw new IllegalArgumentException(
                    "the validation data have no loss terms; expected one at least");
        }
        return new EvaluationMetrics(
                lossSum / count,
                count,
                trueClasses.isEmpty()
                        ? null
                        : ClassificationMetrics.of(
                                new Predictions.Classes(predictedClasses, trueClasses)),
                trueValues.isEmpty()
                        ? null
                        : RegressionMetrics.of(
                                new Predictions.Values(predictedValues, trueValues)));
    }
}
