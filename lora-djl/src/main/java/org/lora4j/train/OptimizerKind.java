/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Map;
import org.lora4j.train.optimizer.AdamW;
import org.lora4j.train.optimizer.Optimizer;
import org.lora4j.train.optimizer.OptimizerSettings;
import org.lora4j.train.optimizer.Sgd;

/** The update rules that come with the library. */
public enum OptimizerKind implements Optimizer.Factory {
    /** Adam with decoupled weight decay, as torch.optim.AdamW. */
    ADAMW,
    /** Plain gradient descent with weight decay, as torch.optim.SGD without momentum. */
    SGD;

    @Override
    public Optimizer create(
            OptimizerSettings settings, Map<String, NDArray> tensors, NDManager manager) {
        return switch (this) {
            case ADAMW -> new AdamW(settings, tensors, manager);
            case SGD -> new Sgd(settings, tensors, manager);
        };
    }
}
