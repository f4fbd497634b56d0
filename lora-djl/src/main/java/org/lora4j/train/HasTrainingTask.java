/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/** A model that knows how it is trained. */
public interface HasTrainingTask {
    /**
     * Returns the task of training the model as it is now.
     *
     * @param batches the kind of batch that the data give
     * @throws IllegalStateException if the model is not trained on such batches
     */
    <B extends TrainingBatch> TrainingTask<B> trainingTask(Class<B> batches);
}
