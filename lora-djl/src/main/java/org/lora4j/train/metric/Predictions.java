/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.metric;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Predictions beside the truth, example by example; the kind decides which metrics there are.
 *
 * <p>Immutable.
 */
public sealed interface Predictions {
    /**
     * Predictions of a classifier.
     *
     * @param predicted indices of the predicted classes
     * @param truth indices of the true classes, as many
     */
    record Classes(List<Integer> predicted, List<Integer> truth) implements Predictions {
        /** Checks and copies. */
        public Classes {
            predicted = List.copyOf(predicted);
            truth = List.copyOf(truth);
            requireEqualSize(predicted, truth);
        }
    }

    /**
     * Predictions of a regression.
     *
     * @param predicted the predicted values
     * @param truth the true values, as many
     */
    record Values(List<Double> predicted, List<Double> truth) implements Predictions {
        /** Checks and copies. */
        public Values {
            predicted = List.copyOf(predicted);
            truth = List.copyOf(truth);
            requireEqualSize(predicted, truth);
        }
    }

    /**
     * Scores that were computed elsewhere.
     *
     * @param values each score by its name, over all batches of the evaluation so far: those of the
     *     last batch count
     */
    record Scores(Map<String, Double> values) implements Predictions {
        /** Copies the map in its order. */
        public Scores {
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        }
    }

    /**
     * Scores that are means over examples.
     *
     * @param sums each score's sum over the examples, by its name
     * @param examples how many
     */
    record Means(Map<String, Double> sums, long examples) implements Predictions {
        /** Copies the map in its order. */
        public Means {
            sums = Collections.unmodifiableMap(new LinkedHashMap<>(sums));
        }
    }

    /**
     * Scores that are computed from sums over all examples, such as precision from counts.
     *
     * @param sums what the examples of a batch add, by name
     * @param scores computes the scores, by their names, from the sums over all batches; of several
     *     batches that of the last is used
     */
    record Sums(Map<String, Double> sums, UnaryOperator<Map<String, Double>> scores)
            implements Predictions {
        /** Copies the map in its order. */
        public Sums {
            sums = Collections.unmodifiableMap(new LinkedHashMap<>(sums));
        }
    }

    /**
     * Scores that are computed from what is kept of all examples, where sums do not suffice: of an
     * example whose parts are in several batches, for instance.
     *
     * @param examples what is kept of a batch
     * @param scores computes the scores, by their names, from what is kept of all batches in their
     *     order; of several batches that of the last is used
     * @param <T> what is kept of each
     */
    record Kept<T>(List<T> examples, Function<List<T>, Map<String, Double>> scores)
            implements Predictions {
        /** Copies the list. */
        public Kept {
            examples = List.copyOf(examples);
        }

        /** Adds the examples to those of batches before, and returns how to score them. */
        @SuppressWarnings("unchecked") // one task makes all predictions of an evaluation
        Supplier<Map<String, Double>> addTo(List<Object> all) {
            all.addAll(examples);
            return () -> scores.apply((List<T>) all);
        }
    }

    /** No predictions: the loss says it all, as for a language model. */
    record None() implements Predictions {}

    /** Returns the predictions of a classifier, as indices of classes. */
    static Predictions classes(int[] predicted, int[] truth) {
        return new Classes(
                Arrays.stream(predicted).boxed().toList(), Arrays.stream(truth).boxed().toList());
    }

    /** Returns the predictions of a regression. */
    static Predictions values(double[] predicted, double[] truth) {
        return new Values(
                Arrays.stream(predicted).boxed().toList(), Arrays.stream(truth).boxed().toList());
    }

    /**
     * Returns scores that are means over examples.
     *
     * @param sums each score's sum over the examples, by its name
     * @param examples how many
     */
    static Predictions means(Map<String, Double> sums, long examples) {
        return new Means(sums, examples);
    }

    /**
     * Returns scores that are computed from sums over all examples.
     *
     * @param sums what the examples of a batch add, by name
     * @param scores computes the scores from the sums over all batches
     */
    static Predictions sums(Map<String, Double> sums, UnaryOperator<Map<String, Double>> scores) {
        return new Sums(sums, scores);
    }

    /**
     * Returns scores that are computed from what is kept of all examples.
     *
     * @param examples what is kept of a batch
     * @param scores computes the scores from what is kept of all batches
     */
    static <T> Predictions kept(List<T> examples, Function<List<T>, Map<String, Double>> scores) {
        return new Kept<>(examples, scores);
    }

    /** Returns no predictions. */
    static Predictions none() {
        return new None();
    }

    private static void requireEqualSize(List<?> predicted, List<?> truth) {
        if (predicted.size() != truth.size()) {
            throw new IllegalArgumentException(
                    "%d predictions for %d true values; expected one for each"
                            .formatted(predicted.size(), truth.size()));
        }
    }
}
