/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDList;
import org.lora4j.torch.operation.Script;

/**
 * The update rules of torch.optim, on lists of float32 arrays, in place.
 *
 * <p>Not thread-safe for the same arrays.
 */
public final class Optimizers {
    private Optimizers() {}

    /**
     * One step of AdamW (Loshchilov and Hutter, 2019, arXiv:1711.05101), in the order of torch's
     * for-each form: p ← p (1 - ηλ); m ← m + (1-β₁)(g - m); v ← β₂ v + (1-β₂) g²; p ← p - η/(1-β₁ᵗ)
     * · m / (√v / √(1-β₂ᵗ) + ε).
     *
     * @param parameters p
     * @param gradients g
     * @param means m, zero before step 1
     * @param variances v, zero before step 1
     * @param step t, from 1
     * @param rate η
     * @param beta1 β₁
     * @param beta2 β₂
     * @param eps ε
     * @param weightDecay λ
     */
    public static void adamW(
            NDList parameters,
            NDList gradients,
            NDList means,
            NDList variances,
            int step,
            double rate,
            double beta1,
            double beta2,
            double eps,
            double weightDecay) {
        double correction1 = 1 - Math.pow(beta1, step);
        double correction2 = 1 - Math.pow(beta2, step);
        Script.OPTIMIZERS.change(
                "adam_w",
                parameters,
                gradients,
                means,
                variances,
                1 - rate * weightDecay,
                beta1,
                beta2,
                -rate / correction1,
                Math.sqrt(correction2),
                eps);
    }

    /** One step of plain gradient descent: p ← p - η g. */
    public static void sgd(NDList parameters, NDList gradients, double rate) {
        Script.OPTIMIZERS.change("sgd", parameters, gradients, rate);
    }
}
