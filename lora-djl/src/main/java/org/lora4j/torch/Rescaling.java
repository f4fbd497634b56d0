/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;

/** PyTorch operations by which Gemma rescales its numbers. The terms of {@link Torch} hold. */
public final class Rescaling {
    private Rescaling() {}

    /**
     * Root mean square normalisation as Gemma has it: (1 + w) ∘ x / √(mean x² + ε), in float32,
     * cast to x's dtype at the end.
     *
     * @param x [.., H]
     * @param weight w [H]
     * @param eps ε
     * @return shaped as x
     */
    public static NDArray shiftedRmsNorm(NDArray x, NDArray weight, double eps) {
        return OperationKit.get().call("shifted_rms_norm", x, weight, number(x, eps));
    }

    /** c tanh(x / c). */
    public static NDArray softCap(NDArray x, double c) {
        return OperationKit.get().call("soft_cap", x, number(x, c));
    }

    /** c x, with c rounded to x's dtype first. */
    public static NDArray scale(NDArray x, double c) {
        return OperationKit.get().call("scale", x, number(x, c));
    }

    private static NDArray number(NDArray x, double value) {
        return OperationKit.get().number(x.getManager(), value);
    }
}
