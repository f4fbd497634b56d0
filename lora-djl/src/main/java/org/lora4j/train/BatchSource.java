/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.Iterator;
import org.lora4j.train.checkpoint.TrainingIdentity;

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

    /**
     * Returns by what a resumed training knows that the data are the same: an id, the data's hash,
     * or their file, and the options that decide the batches. By default nothing is said; a resumed
     * training then compares the batches of the epoch that were used already.
     */
    default TrainingIdentity identity() {
        return TrainingIdentity.none();
    }

    /**
     * Returns the place that batches have reached, from which {@link #from} goes on without reading
     * what was before.
     *
     * @param batches what {@link #epoch} or {@link #from} gave
     * @return the place; empty, the default, where the used batches are to be read again
     */
    default String place(Iterator<B> batches) {
        return "";
    }

    /**
     * Returns the batches of an epoch from a place on.
     *
     * @param epoch from 0
     * @param place what {@link #place} returned for the epoch, not empty
     */
    default Iterator<B> from(int epoch, String place) {
        throw new UnsupportedOperationException("these data have no places");
    }
}
