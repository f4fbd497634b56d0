/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/**
 * A data set cut into batches. The order of the batches depends on the epoch alone: the same epoch
 * gives the same batches each time, so that a training can be repeated and resumed.
 *
 * <p>Implementations may be used by several trainings at once.
 *
 * @param <B> the kind of batch
 */
public interface BatchSource<B extends TrainingBatch> {
    /** Returns the kind of batch, by which a model knows whether the data are for its task. */
    Class<B> batchType();

    /**
     * Returns the batches of an epoch, in order.
     *
     * @param epoch from 0
     */
    Iterable<B> epoch(int epoch);

    /**
     * Returns whether {@link #batchesPerEpoch} takes little work. Where it does not, a training by
     * steps does not call it.
     */
    default boolean isCounted() {
        return true;
    }

    /**
     * Returns how many batches {@link #epoch} gives, at least 1. The trainer plans its learning
     * rates by it and stops with IllegalStateException where an epoch gives another number.
     *
     * @param epoch from 0
     */
    int batchesPerEpoch(int epoch);
}
