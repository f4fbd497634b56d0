/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts predicted classes beside the true ones. Not thread-safe. */
final class ClassTally {
    private final Map<Integer, Occurrences> classes = new TreeMap<>();
    private long examples;
    private long right;

    void add(Predictions.Classes predictions) {
        List<Integer> predicted = predictions.predicted();
        List<Integer> truth = predictions.truth();
        for (int i = 0; i < truth.size(); i++) {
            Occurrences expected = occurrences(truth.get(i));
            Occurrences found = occurrences(predicted.get(i));
            expected.all++;
            found.all++;
            if (expected == found) {
                expected.hits++;
                right++;
            }
        }
        examples += truth.size();
    }

    private Occurrences occurrences(int index) {
        return classes.computeIfAbsent(index, c -> new Occurrences());
    }

    boolean isEmpty() {
        return examples == 0;
    }

    ClassificationMetrics metrics() {
        if (isEmpty()) {
            throw new IllegalArgumentException("no predictions to measure; expected one at least");
        }
        double f1 = classes.values().stream().mapToDouble(Occurrences::f1).average().orElseThrow();
        return new ClassificationMetrics((double) right / examples, f1);
    }

    /** Occurrences of a class in truth and predictions together are 2 TP + FP + FN. */
    private static final class Occurrences {
        private long hits;
        private long all;

        private double f1() {
            return 2.0 * hits / all;
        }
    }
}
