/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

/** An update rule and its state for one set of tensors. */
sealed interface ParameterOptimizer permits AdamW, Sgd {
    /**
     * Changes the tensors by one step.
     *
     * @param gradients in the order of the tensors
     * @param rate the learning rate of this step
     */
    void step(NDList gradients, double rate);

    /** Creates the optimiser that a configuration asks for; the manager owns its state. */
    static ParameterOptimizer create(
            LoraTrainingConfig config, TrainableParameters parameters, NDManager manager) {
        return switch (config.optimizer()) {
            case ADAMW -> new AdamW(config, parameters, manager);
            case SGD -> new Sgd(config, parameters);
        };
    }
}
