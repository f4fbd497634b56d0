/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.joint;

import java.util.Arrays;
import java.util.List;
import org.lora4j.train.TrainingBatch;

/**
 * The batches of several trainings that run at once.
 *
 * @param parts one of each training that takes part
 */
record JointBatch<B extends TrainingBatch>(List<Part<B>> parts) implements TrainingBatch {
    /**
     * A training's batch.
     *
     * @param adapter the adapter's place among those that train
     * @param name its name
     * @param batch the batch
     * @param seed the seed of the training
     * @param step its step, from 0
     * @param terms what the sum of the batch's loss terms is divided by
     */
    record Part<B extends TrainingBatch>(
            int adapter, String name, B batch, long seed, long step, long terms) {}

    List<B> batches() {
        return parts.stream().map(Part::batch).toList();
    }

    @Override
    public int size() {
        return parts.stream().mapToInt(part -> part.batch().size()).sum();
    }

    /** The sum of the means is one term. */
    @Override
    public long count() {
        return 1;
    }

    @Override
    public int[] examples() {
        return parts.stream()
                .flatMapToInt(part -> Arrays.stream(part.batch().examples()))
                .toArray();
    }
}
