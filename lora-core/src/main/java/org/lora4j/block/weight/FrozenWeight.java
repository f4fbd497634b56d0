/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.lora4j.block.kernels.LoraKernels;

/**
 * The weight under an adapter, which no block ever writes: the seam for weights that are not DJL
 * parameters, such as bfloat16 or quantised ones. The base block computes with it; this is what an
 * adapter needs to know of it.
 *
 * <p>Readable from any thread.
 */
public interface FrozenWeight {
    /** Returns the weight's shape, [out, in] for a linear layer. */
    Shape getShape();

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
