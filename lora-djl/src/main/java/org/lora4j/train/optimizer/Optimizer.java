/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Map;

/**
 * An update rule for the tensors of one training.
 *
 * <p>What an update depends on besides its arguments must be in the tensors or in {@link #state}: a
 * training is then resumed by writing the saved values into both. Not thread-safe.
 */
public interface Optimizer {
    /**
     * Changes the trained tensors in place by one step.
     *
     * @param gradients the gradients, clipped where that is asked for, in the order of the tensors
     *     that the {@link Factory} was given; the trainer closes them afterwards
     * @param step the number of the step, from 1
     * @param rate the learning rate of this step, from the schedule
     */
    void update(NDList gradients, int step, double rate);

    /**
     * Returns the tensors that the rule keeps between steps, by name, such as {@code
     * "means/layer.lora_A"}; always the same arrays, which {@link #update} changes in place. Empty
     * for a rule without memory.
     */
    Map<String, NDArray> state();

    /** Creates the optimiser of a training: a constructor such as {@code AdamW::new}. */
    @FunctionalInterface
    interface Factory {
        /**
         * Creates an optimiser whose state is that before step 1.
         *
         * @param settings the configuration's values, of which a rule uses those that it has
         * @param tensors what is trained: float32, by path, in an order that never changes
         * @param manager lives as long as the training, and owns the optimiser's state
         */
        Optimizer create(
                OptimizerSettings settings, Map<String, NDArray> tensors, NDManager manager);
    }
}
