/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.DeltaDtype;

/**
 * The arithmetic of the blocks: the seam where an engine supplies faster operations than DJL's.
 *
 * <p>Results belong to the manager of the first argument, which is always an activation or, for
 * {@link #delta} and {@link #merge}, the caller's to attach. Implementations are thread-safe.
 */
public interface LoraKernels {
    /**
     * X Wᵀ + b.
     *
     * @param x [.., in]
     * @param weight [out, in]
     * @param bias [out], or null
     * @return [.., out]
     */
    NDArray linear(NDArray x, NDArray weight, @Nullable NDArray bias);

    /**
     * Y + s (X Aᵀ) Bᵀ.
     *
     * @param y [.., out]
     * @param x [.., in]
     * @param a [r, in]
     * @param b [out, r]
     * @param scaling s
     * @param dtype the precision of the product
     * @return a new array [.., out] of y's dtype
     */
    NDArray addLowRank(
            NDArray y, NDArray x, NDArray a, NDArray b, double scaling, DeltaDtype dtype);

    /**
     * s B A in float32.
     *
     * @param a [r, in]
     * @param b [out, r]
     * @param scaling s
     * @return [out, in]
     */
    NDArray delta(NDArray a, NDArray b, double scaling);

    /**
     * W + delta, summed in float32 and cast once to W's dtype.
     *
     * @param weight any shape
     * @param delta float32, as many elements
     * @return a new array shaped as weight
     */
    NDArray merge(NDArray weight, NDArray delta);

    /**
     * x ∘ mask in x's dtype.
     *
     * @param x any shape
     * @param mask float32, shaped as x
     * @return shaped as x
     */
    NDArray multiply(NDArray x, NDArray mask);

    /**
     * Copies x into an array, in place, cast to its dtype and unseen by autograd.
     *
     * @param into as many elements as x
     * @param x any shape
     */
    void copyInto(NDArray into, NDArray x);
}
