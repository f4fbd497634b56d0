/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.metric;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * Sums the evaluations of batches to one {@link EvaluationMetrics}. It counts classes, and keeps
 * all values of a regression, 16 bytes for each example, and what {@link Predictions.Kept} has. Not
 * thread-safe.
 */
public final class MetricTally {
    private final List<Metric> metrics;
    private final ClassCounts classes = new ClassCounts();
    private final DoubleStream.Builder predicted = DoubleStream.builder();
    private final DoubleStream.Builder truth = DoubleStream.builder();
    private final Map<String, Double> sums = new LinkedHashMap<>();
    private @Nullable UnaryOperator<Map<String, Double>> ofSums;
    private final List<Object> kept = new ArrayList<>();
    private @Nullable Supplier<Map<String, Double>> ofKept;
    private final List<HeadOutputs> outputs = new ArrayList<>();
    private final boolean keepsOutputs;
    private long examples;
    private Map<String, Double> scores = Map.of();
    private double lossSum;
    private long count;
    private @Nullable Class<?> kind;

    /** Creates a tally of the {@link Metric#known() known} metrics. */
    public MetricTally() {
        this(Metric.LOSS);
    }

    /**
     * Creates a tally of the {@link Metric#known() known} metrics and another.
     *
     * @param more computed as well, unless it is a known one
     */
    public MetricTally(Metric more) {
        this(List.of(more));
    }

    /**
     * Creates a tally of the {@link Metric#known() known} metrics and others.
     *
     * @param more computed as well, unless they are known ones; what a model's head gave for all
     *     examples is kept where one of them reads it
     */
    public MetricTally(List<Metric> more) {
        metrics = new ArrayList<>(Metric.known());
        for (Metric metric : more) {
            if (!metrics.contains(metric)) {
                metrics.add(metric);
            }
        }
        keepsOutputs = metrics.stream().anyMatch(Metric::readsOutputs);
    }

    /**
     * Adds a batch.
     *
     * @param batchLossSum the sum of the batch's loss terms
     * @param batchCount how many they are
     * @param predictions of the same kind in every batch
     * @throws IllegalArgumentException if kinds of predictions are mixed
     */
    public void add(double batchLossSum, long batchCount, Predictions predictions) {
        if (kind != null && kind != predictions.getClass()) {
            throw new IllegalArgumentException(
                    "an evaluation mixes %s with %s; expected one kind of predictions"
                            .formatted(
                                    kind.getSimpleName(), predictions.getClass().getSimpleName()));
        }
        kind = predictions.getClass();
        lossSum += batchLossSum;
        count += batchCount;
        if (predictions instanceof Predictions.Classes found) {
            classes.add(found);
        } else if (predictions instanceof Predictions.Values values) {
            values.predicted().forEach(predicted::add);
            values.truth().forEach(truth::add);
        } else if (predictions instanceof Predictions.Scores given) {
            scores = given.values();
        } else if (predictions instanceof Predictions.Means means) {
            means.sums().forEach((name, sum) -> sums.merge(name, sum, Double::sum));
            examples += means.examples();
        } else if (predictions instanceof Predictions.Sums more) {
            more.sums().forEach((name, sum) -> sums.merge(name, sum, Double::sum));
            ofSums = more.scores();
        } else if (predictions instanceof Predictions.Kept<?> more) {
            ofKept = more.addTo(kept);
        }
    }

    /** Adds what a model's head gave for a batch, where a metric reads it. */
    public void add(HeadOutputs batch) {
        if (keepsOutputs) {
            outputs.add(batch);
        }
    }

    /** Returns whether no batch was added. */
    public boolean isEmpty() {
        return kind == null;
    }

    /**
     * Computes the metrics of all batches; the tally must not be used afterwards.
     *
     * @throws IllegalArgumentException if there are no loss terms
     */
    public EvaluationMetrics metrics() {
        if (count < 1) {
            throw new IllegalArgumentException(
                    "the validation data have no loss terms; expected at least one");
        }
        if (examples > 0) {
            Map<String, Double> means = new LinkedHashMap<>();
            sums.forEach((name, sum) -> means.put(name, sum / examples));
            scores = means;
        }
        if (ofSums != null) {
            scores = ofSums.apply(sums);
        }
        if (ofKept != null) {
            scores = ofKept.get();
        }
        double[] values = predicted.build().toArray();
        Metric.Results results =
                new Metric.Results(
                        lossSum / count,
                        classes,
                        values,
                        truth.build().toArray(),
                        scores,
                        outputs.isEmpty() ? null : HeadOutputs.joined(outputs));
        Map<String, Double> found = new LinkedHashMap<>(scores);
        for (Metric metric : metrics) {
            if (!metric.equals(Metric.LOSS)) {
                metric.value(results).ifPresent(value -> found.put(metric.name(), value));
            }
        }
        return new EvaluationMetrics(results.loss(), count, found);
    }
}
