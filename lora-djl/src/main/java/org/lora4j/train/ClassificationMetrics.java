/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/**
 * How well classes were predicted.
 *
 * @param accuracy the share of examples whose class was predicted
 * @param f1Macro the mean over classes of 2 TP / (2 TP + FP + FN), over the classes that occur in
 *     the truth or in the predictions, as scikit-learn's {@code f1_score(average="macro")}
 */
public record ClassificationMetrics(double accuracy, double f1Macro) {
    /**
     * Compares predictions with the truth.
     *
     * @throws IllegalArgumentException if there are none
     */
    public static ClassificationMetrics of(Predictions.Classes predictions) {
        ClassTally tally = new ClassTally();
        tally.add(predictions);
        return tally.metrics();
    }
}
