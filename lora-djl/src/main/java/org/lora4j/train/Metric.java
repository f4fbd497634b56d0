/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/** A measure of quality on validation data. */
public enum Metric {
    /** The mean loss; less is better. */
    LOSS(false),
    /** The share of right classes. */
    ACCURACY(true),
    /** The unweighted mean of the classes' F1. */
    F1_MACRO(true),
    /** The mean squared error; less is better. */
    MSE(false),
    /** Pearson's correlation. */
    PEARSON(true),
    /** Spearman's rank correlation. */
    SPEARMAN(true);

    private final boolean more;

    Metric(boolean more) {
        this.more = more;
    }

    /** Says whether a value is strictly better than another; NaN is worse than every number. */
    public boolean isBetter(double value, double than) {
        if (Double.isNaN(value) || Double.isNaN(than)) {
            return !Double.isNaN(value);
        }
        return more ? value > than : value < than;
    }
}
