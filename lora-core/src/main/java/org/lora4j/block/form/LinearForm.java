/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.TransposedLinear;

/**
 * A [r, in] and B [out, r] on a linear layer.
 *
 * @param out the layer's outputs
 * @param in its inputs
 * @param weight how its weight is stored
 */
public record LinearForm(long out, long in, Layout weight) implements LowRankForm {
    /** How a linear layer's weight is stored. */
    enum Layout {
        /** [out, in]. */
        OUT_IN,
        /** [in, out]: fan-in-fan-out. */
        IN_OUT
    }

    public static LinearForm of(Linear layer) {
        Shape shape = BlockWeights.named(layer, "weight").getArray().getShape();
        return layer instanceof TransposedLinear
                ? new LinearForm(shape.get(1), shape.get(0), Layout.IN_OUT)
                : new LinearForm(shape.get(0), shape.get(1), Layout.OUT_IN);
    }

    @Override
    public Shape shapeA(int rank) {
        return new Shape(rank, in);
    }

    @Override
    public Shape shapeB(int rank) {
        return new Shape(out, rank);
    }

    @Override
    public Shape magnitudes() {
        return new Shape(out);
    }

    @Override
    public boolean outputsLast() {
        return weight == Layout.IN_OUT;
    }

    @Override
    public NDArray delta(LoraKernels kernels, LowRankTerm term) {
        NDArray diagonal = term.diagonal();
        if (diagonal != null) {
            try (NDArray columns = kernels.scaleFeatures(term.b(), diagonal)) {
                return delta(kernels, term.withB(columns));
            }
        }
        return switch (weight) {
            case OUT_IN -> kernels.delta(term.a(), term.b(), term.scaling());
            case IN_OUT -> LowRankForm.transposedDelta(kernels, term);
        };
    }

    @Override
    public NDArray add(LoraKernels kernels, NDArray y, NDArray x, LowRankTerm term) {
        return term.compression() == null
                ? kernels.addLowRank(y, x, term)
                : kernels.addCompressed(y, x, term);
    }
}
