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
import org.lora4j.torch.Autograd;
import org.lora4j.torch.Optimizers;

/** Gradient descent with weight decay: p ← p - η (g + λ p), as torch.optim.SGD's. */
public final class Sgd implements Optimizer {
    private final double weightDecay;
    private final NDList tensors;

    /** Creates the optimiser; see {@link Optimizer.Factory#create}. */
    public Sgd(OptimizerSettings settings, Map<String, NDArray> tensors, NDManager manager) {
        weightDecay = settings.weightDecay();
        this.tensors = new NDList(tensors.values());
    }

    @Override
    public void update(NDList gradients, int step, double rate) {
        if (weightDecay != 0) {
            Autograd.scale(tensors, 1 - rate * weightDecay);
        }
        Optimizers.sgd(tensors, gradients, rate);
    }

    @Override
    public Map<String, NDArray> state() {
        return Map.of();
    }
}
