/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.LoraKernels;

/** A {@link LoadedLinear}: Y = X Wᵀ + b, with X [.., in], W [out, in], b [out] and Y [.., out]. */
public final class DenseLinear extends LoadedLinear {
    /**
     * Wraps arrays, frozen.
     *
     * @param weight W
     * @param bias b, or null
     * @param kernels the arithmetic
     * @throws IllegalArgumentException if the shapes do not fit
     */
    public DenseLinear(NDArray weight, @Nullable NDArray bias, LoraKernels kernels) {
        super(weight, bias, kernels, 0);
    }

    @Override
    public DenseLinear with(NDArray otherWeight, @Nullable NDArray otherBias) {
        return new DenseLinear(otherWeight, otherBias, kernels);
    }

    @Override
    NDArray multiply(NDArray x, NDArray w, @Nullable NDArray b) {
        return kernels.linear(x, w, b);
    }
}
