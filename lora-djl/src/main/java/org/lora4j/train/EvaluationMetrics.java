/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * The quality of a model on validation data.
 *
 * @param loss the mean loss over all loss terms
 * @param count the number of loss terms
 * @param classification accuracy and F1, null where no classes were predicted
 * @param regression errors and correlations, null where no values were predicted
 */
public record EvaluationMetrics(
        double loss,
        long count,
        @Nullable ClassificationMetrics classification,
        @Nullable RegressionMetrics regression) {
    /** Returns a metric's value, empty where the predictions are of another kind. */
    public OptionalDouble value(Metric metric) {
        return switch (metric) {
            case LOSS -> OptionalDouble.of(loss);
            case ACCURACY ->
                    classification == null
                            ? OptionalDouble.empty()
                            : OptionalDouble.of(classification.accuracy());
            case F1_MACRO ->
                    classification == null
                            ? OptionalDouble.empty()
                            : OptionalDouble.of(classification.f1Macro());
            case MSE ->
                    regression == null
                            ? OptionalDouble.empty()
                            : OptionalDouble.of(regression.mse());
            case PEARSON ->
                    regression == null
                            ? OptionalDouble.empty()
                            : OptionalDouble.of(regression.pearson());
            case SPEARMAN ->
                    regression == null
                            ? OptionalDouble.empty()
                            : OptionalDouble.of(regression.spearman());
        };
    }

    /** Returns e to the power of the mean loss, a language model's measure. */
    public double perplexity() {
        return Math.exp(loss);
    }

    /**
     * Puts the batches of an evaluation together.
     *
     * @param batches in order, all of one kind
     * @throws IllegalArgumentException if there are no loss terms, or kinds of predictions are
     *     mixed
     */
    public static EvaluationMetrics of(Iterable<Evaluation> batches) {
        EvaluationTally tally = new EvaluationTally();
        batches.forEach(tally::add);
        return tally.metrics();
    }
}
