/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.metric;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A measure of quality on validation data. Besides the constants, {@link #of}, {@link #ofClasses}
 * and {@link #ofValues} make metrics of the caller's own.
 */
public final class Metric {
    /** The mean loss over all loss terms; lower is better. */
    public static final Metric LOSS =
            new Metric("loss", false, results -> OptionalDouble.of(results.loss()));

    /** The share of examples whose class was predicted. */
    public static final Metric ACCURACY = ofClasses("accuracy", true, ClassCounts::accuracy);

    /**
     * The mean over classes of 2 TP / (2 TP + FP + FN), over the classes that occur in the truth or
     * in the predictions, as scikit-learn's {@code f1_score(average="macro")}.
     */
    public static final Metric F1_MACRO = ofClasses("f1_macro", true, ClassCounts::f1Macro);

    /** The mean squared error; lower is better. */
    public static final Metric MSE = ofValues("mse", false, Regression::meanSquaredError);

    /** Pearson's correlation, NaN where predictions or truth are constant. */
    public static final Metric PEARSON = ofValues("pearson", true, Regression::pearson);

    /** Pearson's correlation of the ranks, ties having their mean rank; NaN likewise. */
    public static final Metric SPEARMAN = ofValues("spearman", true, Regression::spearman);

    private static final List<Metric> KNOWN =
            List.of(LOSS, ACCURACY, F1_MACRO, MSE, PEARSON, SPEARMAN);

    private final String name;
    private final boolean higherIsBetter;
    private final boolean readsOutputs;
    private final Measure measure;

    private Metric(String name, boolean higherIsBetter, Measure measure) {
        this(name, higherIsBetter, false, measure);
    }

    private Metric(String name, boolean higherIsBetter, boolean readsOutputs, Measure measure) {
        this.name = name;
        this.higherIsBetter = higherIsBetter;
        this.readsOutputs = readsOutputs;
        this.measure = measure;
    }

    private interface Measure {
        OptionalDouble of(Results results);
    }

    /**
     * The results of all validated examples.
     *
     * @param loss the mean loss
     * @param classes counts of predicted classes, perhaps empty
     * @param predicted predicted values, perhaps none
     * @param truth the true values, as many
     * @param scores scores that were computed elsewhere
     * @param outputs what the head gave, or null where it is not known
     */
    @SuppressWarnings("ArrayRecordComponent") // internal, and large
    record Results(
            double loss,
            ClassCounts classes,
            double[] predicted,
            double[] truth,
            Map<String, Double> scores,
            @Nullable HeadOutputs outputs) {}

    /**
     * Makes a metric of a measure of one's own.
     *
     * @param own the measure
     */
    public static Metric of(OwnMetric own) {
        return new Metric(
                own.name(),
                own.higherIsBetter(),
                true,
                results -> {
                    HeadOutputs outputs = results.outputs();
                    return outputs == null || outputs.size() == 0
                            ? OptionalDouble.empty()
                            : OptionalDouble.of(own.value(outputs));
                });
    }

    /**
     * Makes a metric of a classifier's predictions.
     *
     * @param name what the metric is called in logs and results, such as {@code "matthews"}
     * @param higherIsBetter whether the higher of two values is the better one
     * @param measure computes the value from at least one example
     */
    public static Metric ofClasses(
            String name, boolean higherIsBetter, ToDoubleFunction<ClassCounts> measure) {
        return new Metric(
                name,
                higherIsBetter,
                results ->
                        results.classes().examples() == 0
                                ? OptionalDouble.empty()
                                : OptionalDouble.of(measure.applyAsDouble(results.classes())));
    }

    /**
     * Makes a metric of a regression's predictions.
     *
     * @param name what the metric is called in logs and results
     * @param higherIsBetter whether the higher of two values is the better one
     * @param measure computes the value from the predicted and the true values of at least one
     *     example; must not write into them
     */
    public static Metric ofValues(
            String name, boolean higherIsBetter, ToDoubleBiFunction<double[], double[]> measure) {
        return new Metric(
                name,
                higherIsBetter,
                results ->
                        results.truth().length == 0
                                ? OptionalDouble.empty()
                                : OptionalDouble.of(
                                        measure.applyAsDouble(
                                                results.predicted(), results.truth())));
    }

    /**
     * Makes a metric of a score that an evaluation reports under a name, such as the accuracy of a
     * DJL evaluator.
     *
     * @param name the score's name
     * @param higherIsBetter whether the higher of two values is the better one
     */
    public static Metric ofScore(String name, boolean higherIsBetter) {
        return new Metric(
                name,
                higherIsBetter,
                results -> {
                    @Nullable Double score = results.scores().get(name);
                    return score == null ? OptionalDouble.empty() : OptionalDouble.of(score);
                });
    }

    /** Returns the constants of this class, in the order in which results list them. */
    public static List<Metric> known() {
        return KNOWN;
    }

    /** Returns the name, such as {@code "f1_macro"}. */
    public String name() {
        return name;
    }

    /** Returns whether the higher of two values is the better one. */
    public boolean higherIsBetter() {
        return higherIsBetter;
    }

    /** Returns whether it reads what the head gave for each example, which is kept for it. */
    boolean readsOutputs() {
        return readsOutputs;
    }

    /** Computes the metric; empty where the predictions are of another kind. */
    OptionalDouble value(Results results) {
        return measure.of(results);
    }

    /** Returns whether a value is strictly better than another; NaN is worse than every number. */
    public boolean isBetter(double value, double than) {
        if (Double.isNaN(value) || Double.isNaN(than)) {
            return !Double.isNaN(value);
        }
        return higherIsBetter ? value > than : value < than;
    }

    @Override
    public String toString() {
        return name;
    }
}
