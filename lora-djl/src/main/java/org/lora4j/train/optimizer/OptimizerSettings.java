/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.optimizer;

/**
 * What an update rule reads of a training's configuration.
 *
 * @param beta1 β₁, the decay of the mean
 * @param beta2 β₂, the decay of the variance
 * @param eps ε, added to the root of the variance
 * @param weightDecay λ, the decoupled weight decay
 * @param learningRate η, from which the schedule makes the rate of each step
 */
public record OptimizerSettings(
        double beta1, double beta2, double eps, double weightDecay, double learningRate) {
    /**
     * Returns these settings with another weight decay.
     *
     * @param value λ
     */
    public OptimizerSettings withWeightDecay(double value) {
        return new OptimizerSettings(beta1, beta2, eps, value, learningRate);
    }
}
