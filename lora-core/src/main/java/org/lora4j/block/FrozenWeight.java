/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.jspecify.annotations.Nullable;

/**
 * The weight under an adapter, which no block ever writes: the seam for weights that are not DJL
 * parameters, such as bfloat16 or quantised ones.
 *
 * <p>Readable from any thread.
 */
public interface FrozenWeight {
    /** Returns the weight's shape, [out, in] for a linear layer. */
    Shape getShape();

    /**
     * X Wᵀ + b.
     *
     * @param kernels the arithmetic
     * @param store where parameters are looked up
     * @param x [.., in]
     * @param bias [out], or null
     * @return [.., out]
     */
    NDArray linear(LoraKernels kernels, ParameterStore store, NDArray x, @Nullable NDArray bias);

    /**
     * W + delta in the weight's own dtype, a new array beside W; W is not touched.
     *
     * @param kernels the arithmetic
     * @param delta float32, shaped as the weight
     */
    NDArray plus(LoraKernels kernels, NDArray delta);

    /** Returns the weight's array; the block's owner keeps it. */
    NDArray array();

    /** Returns whether something unfroze the weight. */
    boolean requiresGradient();
}
