/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import org.jspecify.annotations.Nullable;

/** The tensors as they were at the best validation so far. */
final class BestTensors {
    private final TrainableParameters parameters;
    private final NDManager manager;
    private final LoraTrainingConfig config;
    private @Nullable NDList copies;
    private double best = Double.NaN;
    private int bestStep = -1;
    private int sinceBest;

    BestTensors(TrainableParameters parameters, LoraTrainingConfig config, NDManager manager) {
        this.parameters = parameters;
        this.config = config;
        this.manager = manager;
    }

    /** Compares, and keeps the tensors when they are the best. */
    boolean offer(EvaluationMetrics metrics, int step) {
        Metric metric = config.bestMetric();
        double value = metrics.value(metric).orElse(Double.NaN);
        boolean better = metric.isBetter(value, best);
        sinceBest = better ? 0 : sinceBest + 1;
        if (better) {
            best = value;
            bestStep = step;
            if (config.restoreBest()) {
                if (copies == null) {
                    copies = parameters.zeros(manager);
                }
                parameters.copyTo(copies);
            }
        }
        return better;
    }

    boolean outOfPatience() {
        return config.patience() > 0 && sinceBest >= config.patience();
    }

    /** Returns whether {@link #restore} has tensors to put back. */
    boolean isKept() {
        return copies != null;
    }

    /**
     * Puts the best tensors back where that is asked for and there are any.
     *
     * @param lastStep the steps taken
     * @return the step after which the tensors were as they are now
     */
    int restore(int lastStep) {
        if (copies == null) {
            return lastStep;
        }
        parameters.copyFrom(copies);
        return bestStep;
    }
}
