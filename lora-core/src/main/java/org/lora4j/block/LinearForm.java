/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.lora4j.core.DeltaDtype;

/**
 * A [r, in] and B [out, r] on a linear layer.
 *
 * @param out the layer's outputs
 * @param in its inputs
 */
record LinearForm(long out, long in) implements LowRankForm {
    @Override
    public Shape shapeA(int rank) {
        return new Shape(rank, in);
    }

    @Override
    public Shape shapeB(int rank) {
        return new Shape(out, rank);
    }

    @Override
    public NDArray delta(LoraKernels kernels, LoraAdapter.Pair pair, double scaling) {
        return kernels.delta(pair.a(), pair.b(), scaling);
    }

    @Override
    public NDArray add(
            LoraKernels kernels,
            NDArray y,
            NDArray x,
            LoraAdapter.Pair pair,
            double scaling,
            DeltaDtype dtype) {
        return kernels.addLowRank(y, x, pair.a(), pair.b(), scaling, dtype);
    }
}
