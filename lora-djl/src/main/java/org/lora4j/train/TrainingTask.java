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
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.StepContext;
import org.lora4j.train.checkpoint.TrainingIdentity;
import org.lora4j.train.penalty.Penalty;

/**
 * Computes the loss of a model for {@link LoraTrainer}.
 *
 * <p>A training step is {@code input}, then each of {@code stages} in order, then {@code head},
 * recorded for gradients. The trainer owns the temporaries: everything attached to the managers
 * that it hands out is closed when the batch, or the stage, ends. DJL attaches a result to the
 * manager of its first operand: where that is a weight, attach the result to a manager of the
 * step's. Numbers as operands ({@code x.mul(0.5)}) are unsafe under gradients; see {@link
 * org.lora4j.torch.Torch#divide}.
 *
 * <p>A task belongs to the thread that trains it.
 *
 * @param <B> the kind of batch
 */
public interface TrainingTask<B extends TrainingBatch> {
    /**
     * Begins a training on the calling thread: until the returned object is closed on the same
     * thread, no other training can take what this one trains, and selections made by other threads
     * do not change the adapters that it runs with. A task whose model no other thread uses may do
     * nothing.
     *
     * @return what ends the training
     * @throws IllegalStateException if another training owns what is to be trained
     */
    default ActiveAdapters.Scope begin() {
        return () -> {};
    }

    /**
     * Returns what is trained: float32 arrays that require gradients, by path, in an order that
     * never changes. The task owns them; the trainer writes into them between steps. Full
     * fine-tuning returns every weight here.
     */
    Map<String, NDArray> trainable();

    /** Returns the context from which the model's dropout layers know the seed and the step. */
    StepContext steps();

    /**
     * Makes the first stage's input of a batch and tells {@link #steps} which samples its rows are.
     *
     * @param scope lives until gradients are computed
     * @param batch what to run
     * @return arrays of any manager, of which the trainer runs copies
     */
    NDList input(NDManager scope, B batch);

    /**
     * Returns how many loss terms a batch has: by default as many as it says itself.
     *
     * @param batch a batch
     */
    default long count(B batch) {
        return batch.count();
    }

    /**
     * Returns the parts in which a batch is run forwards and backwards, one after another, so that
     * only one is in memory: by default the batch itself. The sums of their losses and of their
     * gradients are those of the batch, and the first part has its loss terms.
     *
     * @param batch a batch
     */
    default List<B> parts(B batch) {
        return List.of(batch);
    }

    /** Returns the forward pass up to the head, for training. */
    List<Stage> stages();

    /**
     * Computes the loss.
     *
     * @param scope lives until gradients are computed; labels belong here
     * @param hidden the last stage's result, as in {@link Stage#apply}
     * @param batch what is run
     * @return the sum over the batch's loss terms
     */
    LossSum head(NDManager scope, NDList hidden, B batch);

    /**
     * Runs a batch as at inference, without dropout; gradients are off.
     *
     * @param scope closed right after
     * @param batch what to run
     */
    Evaluation evaluate(NDManager scope, B batch);

    /**
     * Returns what the task recommends for the training that begins: by default, {@link
     * TrainingAdvice#NONE}.
     */
    default TrainingAdvice advice() {
        return TrainingAdvice.NONE;
    }

    /**
     * Returns what is added to the loss from what is trained alone: by default, {@link
     * Penalty#NONE}. Asked for once, when the training begins.
     */
    default Penalty penalty() {
        return Penalty.NONE;
    }

    /**
     * Returns by what a resumed training knows that the model and the form of what it trains are
     * the same: the files of the base, the numbers of an adapter. By default nothing is said.
     */
    default TrainingIdentity identity() {
        return TrainingIdentity.none();
    }

    /**
     * Returns what the training has changed besides the {@link #trainable} tensors, for a
     * checkpoint; by default nothing, which is empty.
     */
    default String notes() {
        return "";
    }

    /**
     * Takes up what {@link #notes} returned when a checkpoint was written, in place of what has
     * been noted since.
     */
    default void restore(String notes) {}

    /** A model that provides the task of training it. */
    interface Provider {
        /**
         * Returns the task of training the model as it is now.
         *
         * @param batches the kind of batch that the data give
         * @throws IllegalStateException if the model is not trained on such batches
         */
        <B extends TrainingBatch> TrainingTask<B> trainingTask(Class<B> batches);
    }
}
