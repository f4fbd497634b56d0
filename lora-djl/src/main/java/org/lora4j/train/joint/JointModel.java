/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.joint;

import ai.djl.nn.Block;
import java.util.Collection;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;

/** A model of which several adapters can be trained at once. */
public interface JointModel extends TrainingTask.Provider {
    /** Returns the model's blocks. */
    Block jointRoot();

    /** Returns which adapters are active. */
    ActiveAdapters jointAdapters();

    /**
     * Lets some adapters train, and nothing else.
     *
     * @throws IllegalArgumentException if the model does not have one of them
     */
    void trainAdapters(Collection<String> adapters);

    /**
     * Returns how batches are joined.
     *
     * @throws IllegalStateException if batches of that kind cannot be
     */
    <B extends TrainingBatch> BatchJoin<B> batchJoin(Class<B> batches);
}
