/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.kernels;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.DeltaDtype;

/**
 * What an adapter adds to a weight in one pass: s B A, or s B diag(d) A.
 *
 * @param a A, [r, in] for a linear layer
 * @param b B, [out, r] for a linear layer
 * @param scaling s
 * @param dtype the precision of the product with an activation
 * @param diagonal d, [r], for a linear layer alone; null for ones
 * @param compression how A's gradient sees the input where it does not see the whole of it, or null
 */
public record LowRankTerm(
        NDArray a,
        NDArray b,
        double scaling,
        DeltaDtype dtype,
        @Nullable NDArray diagonal,
        @Nullable Compression compression) {
    /** A term without a diagonal, whose gradients are those of the product. */
    public LowRankTerm(NDArray a, NDArray b, double scaling, DeltaDtype dtype) {
        this(a, b, scaling, dtype, null, null);
    }

    /**
     * Returns the term with another B, which has the diagonal in its columns.
     *
     * @param other the other B
     */
    public LowRankTerm withB(NDArray other) {
        return new LowRankTerm(a, other, scaling, dtype, null, compression);
    }
}
