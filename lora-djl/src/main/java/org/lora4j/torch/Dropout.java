/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import org.lora4j.torch.operation.Script;
import org.lora4j.torch.tape.GradientTape;

/**
 * Dropout with masks that were drawn before, a byte for an element. The terms of {@link Torch}
 * hold. Thread-safe.
 */
public final class Dropout {
    private Dropout() {}

    /**
     * Dropout with a mask that was drawn: x ∘ kept / (1 - p), the factor rounded to float32 and to
     * x's dtype. For gradients only the mask is kept, a byte for an element.
     *
     * @param x any shape
     * @param kept booleans shaped as x, true where an element is kept
     * @param p the probability that an element was dropped, in [0, 1)
     * @return shaped as x, of its dtype
     */
    public static NDArray of(NDArray x, NDArray kept, double p) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.DENSE.array("dropped", x, kept, scale(p))
                : TapedElements.dropout(tape, x, kept, scale(p));
    }

    /**
     * Multi-head attention with dropped probabilities: (softmax(Q Kᵀ / √d + M) ∘ D / (1 - p)) V,
     * the softmax in float32.
     *
     * @param query [B, T, heads d]
     * @param key [B, T, heads d]
     * @param value [B, T, heads d]
     * @param heads the number of heads
     * @param mask M, broadcastable to [B, heads, T, T]
     * @param kept D, [B, heads, T, T], booleans, true where a probability is kept
     * @param p the probability with which they were dropped, in [0, 1)
     * @return [B, T, heads d]
     */
    public static NDArray attention(
            NDArray query,
            NDArray key,
            NDArray value,
            int heads,
            NDArray mask,
            NDArray kept,
            double p) {
        return Script.ATTENTION.array("attention", query, key, value, heads, mask, kept, scale(p));
    }

    /** 1/(1-p) in float32, by which what is kept is multiplied. */
    static double scale(double p) {
        return (float) (1 / (1 - p));
    }
}
