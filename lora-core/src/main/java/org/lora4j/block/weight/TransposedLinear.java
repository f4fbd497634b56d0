/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.LoraKernels;

/**
 * A {@link LoadedLinear} whose weight is stored [in, out], as transformers' Conv1D has it, which
 * GPT-2 is made of (loralib's and PEFT's fan_in_fan_out): Y = X W + b, with X [.., in], W [in,
 * out], b [out] and Y [.., out].
 */
public final class TransposedLinear extends LoadedLinear {
    /**
     * Wraps arrays, frozen.
     *
     * @param weight W
     * @param bias b, or null
     * @param kernels the arithmetic
     * @throws IllegalArgumentException if the shapes do not fit
     */
    public TransposedLinear(NDArray weight, @Nullable NDArray bias, LoraKernels kernels) {
        super(weight, bias, kernels, 1);
    }

    @Override
    public TransposedLinear with(NDArray otherWeight, @Nullable NDArray otherBias) {
        return new TransposedLinear(otherWeight, otherBias, kernels);
    }

    @Override
    NDArray multiply(NDArray x, NDArray w, @Nullable NDArray b) {
        try (NDArray view = w.transpose()) {
            return kernels.linear(x, view, b);
        }
    }
}
