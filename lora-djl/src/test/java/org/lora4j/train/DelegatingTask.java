/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;
import org.lora4j.block.StepContext;

/** A task that does as another; a base for tasks that do one thing wrong. */
class DelegatingTask implements TrainingTask<PointBatch> {
    private final MlpTask task;

    DelegatingTask(MlpTask task) {
        this.task = task;
    }

    @Override
    public Map<String, NDArray> trainable() {
        return task.trainable();
    }

    @Override
    public StepContext steps() {
        return task.steps();
    }

    @Override
    public NDList input(NDManager scope, PointBatch batch) {
        return task.input(scope, batch);
    }

    @Override
    public List<Stage> stages() {
        return task.stages();
    }

    @Override
    public LossSum head(NDManager scope, NDList hidden, PointBatch batch) {
        return task.head(scope, hidden, batch);
    }

    @Override
    public Evaluation evaluate(NDManager scope, PointBatch batch) {
        return task.evaluate(scope, batch);
    }
}
