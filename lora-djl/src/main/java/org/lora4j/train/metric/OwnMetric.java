/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.metric;

/**
 * A measure of one's own of what a model's head gives for validation data, such as the area under a
 * curve or the cost of mistakes. {@link Metric#of} makes a metric of it, by which a training keeps
 * its best adapter and stops early, and which an evaluation reports.
 */
public interface OwnMetric {
    /** Returns what the metric is called in logs and results, such as {@code "auc"}. */
    String name();

    /** Returns whether the higher of two values is the better one; by default it is. */
    default boolean higherIsBetter() {
        return true;
    }

    /**
     * Computes the value.
     *
     * @param outputs those of all examples, one at least
     */
    double value(HeadOutputs outputs);
}
