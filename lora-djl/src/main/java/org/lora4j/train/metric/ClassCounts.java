/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.metric;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** How often each class was predicted for each true class: the counts of a confusion matrix. */
public final class ClassCounts {
    private final Map<Integer, Map<Integer, Long>> byTruth = new TreeMap<>();
    private final SortedSet<Integer> classes = new TreeSet<>();
    private long examples;

    ClassCounts() {}

    void add(Predictions.Classes predictions) {
        List<Integer> predicted = predictions.predicted();
        List<Integer> truth = predictions.truth();
        for (int i = 0; i < truth.size(); i++) {
            byTruth.computeIfAbsent(truth.get(i), t -> new TreeMap<>())
                    .merge(predicted.get(i), 1L, Long::sum);
            classes.add(truth.get(i));
            classes.add(predicted.get(i));
        }
        examples += truth.size();
    }

    /** Returns the number of examples. */
    public long examples() {
        return examples;
    }

    /** Returns the classes that occur in the truth or in the predictions, in ascending order. */
    public SortedSet<Integer> classes() {
        return Collections.unmodifiableSortedSet(classes);
    }

    /** Returns how many examples of a true class were predicted to be of a class. */
    public long count(int truth, int predicted) {
        return byTruth.getOrDefault(truth, Map.of()).getOrDefault(predicted, 0L);
    }

    double accuracy() {
        return (double) classes.stream().mapToLong(c -> count(c, c)).sum() / examples;
    }

    double f1Macro() {
        Map<Integer, Long> occurrences = new TreeMap<>(); // 2 TP + FP + FN
        byTruth.forEach(
                (truth, row) ->
                        row.forEach(
                                (predicted, count) -> {
                                    occurrences.merge(truth, count, Long::sum);
                                    occurrences.merge(predicted, count, Long::sum);
                                }));
        return occurrences.entrySet().stream()
                .mapToDouble(c -> 2.0 * count(c.getKey(), c.getKey()) / c.getValue())
                .average()
                .orElseThrow();
    }
}
