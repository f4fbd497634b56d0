/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.joint;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.lora4j.block.StepContext;
import org.lora4j.train.TrainingBatch;

/**
 * Joins batches of several trainings to one that a model runs at once.
 *
 * @param <B> the kind of batch
 */
public interface BatchJoin<B extends TrainingBatch> {
    /**
     * Where the texts of a batch lie in activations.
     *
     * @param order which text of the batch each one is, in the order in which they lie
     * @param lengths the tokens of each, in the same order
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers of one step
    record Layout(int[] order, long[] lengths) {}

    /** Returns the texts of all batches, one batch after another. */
    B joined(List<B> batches);

    /** Returns how many texts a batch has. */
    int texts(B batch);

    /** Returns where the texts of a joined batch lie. */
    Layout layout(B joined);

    /**
     * Returns what the head of one batch reads of the last layer's result.
     *
     * @param scope who owns what is made
     * @param hidden the result for the joined batch
     * @param batches what was joined
     * @param index which of them
     * @param steps is told which samples the rows are
     */
    NDList part(NDManager scope, NDList hidden, List<B> batches, int index, StepContext steps);
}
