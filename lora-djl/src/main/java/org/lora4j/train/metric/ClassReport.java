/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.metric;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How well each class is predicted: the numbers of scikit-learn's {@code classification_report} and
 * of its confusion matrices. Where a share is one of nothing it is 0 ({@code zero_division=0}). Not
 * thread-safe.
 */
public final class ClassReport {
    private final List<String> names;
    private final boolean several;
    private final long[] right;
    private final long[] predicted;
    private final long[] truth;
    private final long[][] confusion;
    private long examples;
    private double precisions;
    private double recalls;
    private double f1s;

    private ClassReport(List<String> names, boolean several) {
        this.names = List.copyOf(names);
        this.several = several;
        int classes = names.size();
        right = new long[classes];
        predicted = new long[classes];
        truth = new long[classes];
        confusion = new long[several ? 0 : classes][classes];
    }

    /**
     * Starts the report of examples that have one class each.
     *
     * @param names the classes' names by their ids
     */
    public static ClassReport ofOne(List<String> names) {
        return new ClassReport(names, false);
    }

    /**
     * Starts the report of examples that have any number of classes.
     *
     * @param names the classes' names by their ids
     */
    public static ClassReport ofSeveral(List<String> names) {
        return new ClassReport(names, true);
    }

    /**
     * The scores of a class or of a kind of entity, or a mean of those of several. Where nothing
     * was predicted, or nothing is true, they are 0.
     *
     * @param precision the share of right ones among the examples predicted to be of the class
     * @param recall the share of found ones among the examples of the class
     * @param f1 the harmonic mean of both
     * @param support how many examples are of the class
     */
    public record Scores(double precision, double recall, double f1, long support) {
        /**
         * Returns the scores of counts.
         *
         * @param right how many were predicted rightly
         * @param predicted how many were predicted
         * @param truth how many are true
         */
        public static Scores of(long right, long predicted, long truth) {
            double precision = predicted == 0 ? 0 : (double) right / predicted;
            double recall = truth == 0 ? 0 : (double) right / truth;
            double sum = precision + recall;
            return new Scores(
                    precision, recall, sum == 0 ? 0 : 2 * precision * recall / sum, truth);
        }
    }

    /**
     * Which examples are of a class, and which were predicted to be: a row of scikit-learn's {@code
     * multilabel_confusion_matrix}.
     *
     * @param trueNegatives neither of the class nor predicted to be
     * @param falsePositives predicted alone
     * @param falseNegatives of the class and not predicted
     * @param truePositives both
     */
    public record Cells(
            long trueNegatives, long falsePositives, long falseNegatives, long truePositives) {}

    /**
     * Adds an example that has one class.
     *
     * @param own the id of its class
     * @param given the id of the predicted one
     * @throws IllegalStateException if examples have any number of classes
     * @throws IndexOutOfBoundsException if there is no such class
     */
    public void add(int own, int given) {
        if (several) {
            throw new IllegalStateException(
                    "a report of examples with any number of classes; expected add(Set, Set)");
        }
        confusion[own][given]++;
        count(Set.of(own), Set.of(given));
    }

    /**
     * Adds an example that has any number of classes.
     *
     * @param own the ids of its classes
     * @param given the ids of the predicted ones
     * @throws IllegalStateException if examples have one class each
     * @throws IndexOutOfBoundsException if there is no such class
     */
    public void add(Set<Integer> own, Set<Integer> given) {
        if (!several) {
            throw new IllegalStateException(
                    "a report of examples with one class each; expected add(int, int)");
        }
        count(own, given);
    }

    private void count(Set<Integer> own, Set<Integer> given) {
        long found = 0;
        for (int id : own) {
            truth[id]++;
        }
        for (int id : given) {
            predicted[id]++;
            if (own.contains(id)) {
                right[id]++;
                found++;
            }
        }
        Scores scores = Scores.of(found, given.size(), own.size());
        precisions += scores.precision();
        recalls += scores.recall();
        f1s += scores.f1();
        examples++;
    }

    /** Returns whether examples have any number of classes. */
    public boolean isOfSeveral() {
        return several;
    }

    /** Returns how many examples were added. */
    public long examples() {
        return examples;
    }

    /** The ids that are reported: where examples have one class those that occur. */
    private int[] reported() {
        return IntStream.range(0, names.size())
                .filter(id -> several || truth[id] + predicted[id] > 0)
                .toArray();
    }

    private Scores scores(int id) {
        return Scores.of(right[id], predicted[id], truth[id]);
    }

    /**
     * Returns the scores of each class by its name, in the order of the ids: where examples have
     * one class each those that occur, else all.
     */
    public Map<String, Scores> classes() {
        Map<String, Scores> scores = new LinkedHashMap<>();
        for (int id : reported()) {
            scores.put(names.get(id), scores(id));
        }
        return scores;
    }

    /** Returns the scores of all classes together; where examples have one, the accuracy. */
    public Scores micro() {
        return Scores.of(sum(right), sum(predicted), sum(truth));
    }

    private static long sum(long[] counts) {
        return IntStream.range(0, counts.length).mapToLong(i -> counts[i]).sum();
    }

    /** Returns the mean scores of the classes. */
    public Scores macro() {
        return mean(id -> 1);
    }

    /** Returns the mean scores of the classes, weighed by their support. */
    public Scores weighted() {
        return mean(id -> truth[id]);
    }

    private Scores mean(IntToDoubleFunction weight) {
        double precision = 0;
        double recall = 0;
        double f1 = 0;
        double weights = 0;
        for (int id : reported()) {
            double own = weight.applyAsDouble(id);
            Scores scores = scores(id);
            precision += own * scores.precision();
            recall += own * scores.recall();
            f1 += own * scores.f1();
            weights += own;
        }
        double all = weights == 0 ? 1 : weights;
        return new Scores(precision / all, recall / all, f1 / all, sum(truth));
    }

    /**
     * Returns the mean over the examples of the scores of each one's classes: scikit-learn's {@code
     * samples avg}, for examples that have any number of classes.
     */
    public Scores samples() {
        double all = Math.max(examples, 1);
        return new Scores(precisions / all, recalls / all, f1s / all, sum(truth));
    }

    /**
     * Returns how many examples of each class were predicted to be of each, of the classes that
     * occur.
     *
     * @return by the true class's name, then by the predicted one's
     * @throws IllegalStateException if examples have any number of classes, which {@link #cells}
     *     counts
     */
    public Map<String, Map<String, Long>> confusion() {
        if (several) {
            throw new IllegalStateException(
                    "examples with any number of classes have no confusion matrix; expected"
                            + " cells()");
        }
        Map<String, Map<String, Long>> matrix = new LinkedHashMap<>();
        for (int own : reported()) {
            Map<String, Long> row = new LinkedHashMap<>();
            for (int given : reported()) {
                row.put(names.get(given), confusion[own][given]);
            }
            matrix.put(names.get(own), row);
        }
        return matrix;
    }

    /** Returns of each reported class how many examples are of it, and were predicted to be. */
    public Map<String, Cells> cells() {
        Map<String, Cells> cells = new LinkedHashMap<>();
        for (int id : reported()) {
            long wrong = predicted[id] - right[id];
            long missed = truth[id] - right[id];
            cells.put(
                    names.get(id),
                    new Cells(examples - wrong - missed - right[id], wrong, missed, right[id]));
        }
        return cells;
    }
}
