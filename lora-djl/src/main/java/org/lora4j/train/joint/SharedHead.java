/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.joint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.lora4j.block.AdapterSelection;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;

/**
 * A task whose head runs the rows of several trainings at once, so that they share its products. A
 * task that is not one has its head run for each training by itself.
 *
 * @param <B> the kind of batch
 */
public interface SharedHead<B extends TrainingBatch> extends TrainingTask<B> {
    /**
     * The losses of texts that shared a head.
     *
     * @param total the sum of weight times loss over the texts, a scalar with its gradients
     * @param sums each text's sum of loss terms
     * @param counts how many terms each has
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers of one step
    record TextLosses(NDArray total, double[] sums, int[] counts) {}

    /**
     * By what losses are multiplied in their total.
     *
     * @param texts the weight of each text
     * @param tensors the weight of the texts whose adapter has a trained tensor
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers of one step
    record Weights(double[] texts, ToDoubleFunction<NDArray> tensors) {}

    /**
     * Computes the losses of the texts of a joined batch.
     *
     * @param scope lives until gradients are computed
     * @param hidden the last stage's result for the joined batch
     * @param joined the texts of all trainings
     * @param weights of the texts
     * @param owners is told which texts the rows are that run next: the number of each row's text
     *     in the batch, never falling
     */
    TextLosses losses(
            NDManager scope, NDList hidden, B joined, Weights weights, Consumer<int[]> owners);

    /**
     * Notes what a batch teaches an adapter besides what its tensors learn, as {@link #head} does.
     *
     * @param adapter who learns
     * @param batch the batch
     */
    void note(AdapterSelection adapter, B batch);
}
