/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/**
 * A model that knows how it is trained.
 *
 * @param <B> the batches it is trained on
 */
public interface HasTrainingTask<B extends TrainingBatch> {
    /** Returns the task of training the model as it is now. */
    TrainingTask<B> trainingTask();
}
