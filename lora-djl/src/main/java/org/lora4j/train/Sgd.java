/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDList;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.Optimizers;

/** {@link Optimizers#sgd} with weight decay: p ← p - η (g + λ p). */
final class Sgd implements ParameterOptimizer {
    private final double weightDecay;
    private final NDList tensors;

    Sgd(LoraTrainingConfig config, TrainableParameters parameters) {
        weightDecay = config.weightDecay();
        tensors = new NDList(parameters.arrays());
    }

    @Override
    public void step(NDList gradients, double rate) {
        if (weightDecay != 0) {
            Autograd.scale(tensors, 1 - rate * weightDecay);
        }
        Optimizers.sgd(tensors, gradients, rate);
    }
}
