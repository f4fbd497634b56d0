/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDManager;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.GradMode;

/** Runs the validation data through the model, without gradients. */
final class Validator<B extends TrainingBatch> {
    private final TrainingJob<B> job;
    private final BatchSource<B> data;
    private final NDManager manager;

    Validator(TrainingJob<B> job, BatchSource<B> data, NDManager manager) {
        this.job = job;
        this.data = data;
        this.manager = manager;
    }

    /** Tries one batch, so that a metric that does not exist is not found out after an epoch. */
    void requireMetric(Metric metric) {
        Iterator<B> batches = data.epoch(0).iterator();
        if (!batches.hasNext()) {
            throw new IllegalStateException(
                    "the validation data are empty; expected one batch at least");
        }
        EvaluationTally tally = new EvaluationTally();
        tally.add(evaluate(batches.next()));
        if (tally.metrics().value(metric).isEmpty()) {
            throw new IllegalStateException(
                    "the task's validation gives no "
                            + metric
                            + ", by which the best is to be chosen; choose a metric that it gives,"
                            + " such as LOSS");
        }
    }

    /** Returns the metrics, or null if the training was told to stop meanwhile. */
    @Nullable EvaluationMetrics validate() {
        EvaluationTally tally = new EvaluationTally();
        for (B batch : data.epoch(0)) {
            if (job.requestedStop() != null) {
                return null;
            }
            tally.add(evaluate(batch));
        }
        return tally.metrics();
    }

    private Evaluation evaluate(B batch) {
        try (NDManager scope = manager.newSubManager();
                GradMode off = GradMode.off()) {
            return job.task().evaluate(scope, batch);
        }
    }
}
