/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
        List<Integer> predicted = predictions.predicted();
        List<Integer> truth = predictions.truth();
        if (truth.isEmpty()) {
            throw new IllegalArgumentException("no predictions to measure; expected one at least");
        }
        Map<Integer, Tally> classes = new TreeMap<>();
        int right = 0;
        for (int i = 0; i < truth.size(); i++) {
            Tally expected = classes.computeIfAbsent(truth.get(i), c -> new Tally());
            Tally found = classes.computeIfAbsent(predicted.get(i), c -> new Tally());
            expected.occurrences++;
            found.occurrences++;
            if (expected == found) {
                expected.hits++;
                right++;
            }
        }
        double f1 = classes.values().stream().mapToDouble(Tally::f1).average().orElseThrow();
        return new ClassificationMetrics((double) right / truth.size(), f1);
    }

    /** Occurrences in truth and predictions together are 2 TP + FP + FN. */
    private static final class Tally {
        private long hits;
        private long occurrences;

        private double f1() {
            return 2.0 * hits / occurrences;
        }
    }
}
