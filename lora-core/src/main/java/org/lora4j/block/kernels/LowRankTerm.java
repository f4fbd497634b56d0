/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.kernels;

import ai.djl.ndarray.NDArray;
import org.lora4j.core.DeltaDtype;

/**
 * What an adapter adds to a weight in one pass: s B A.
 *
 * @param a A, [r, in] for a linear layer
 * @param b B, [out, r] for a linear layer
 * @param scaling s
 * @param dtype the precision of the product with an activation
 */
public record LowRankTerm(NDArray a, NDArray b, double scaling, DeltaDtype dtype) {
    /**
     * Returns the term with another B.
     *
     * @param other the other B
     */
    public LowRankTerm withB(NDArray other) {
        return new LowRankTerm(a, other, scaling, dtype);
    }
}
