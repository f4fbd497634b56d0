/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/** How A and B change a weight W: their shapes, which are PEFT's, and the change ΔW. */
public enum ScriptForm {
    /** W [out, in], A [r, in], B [out, r], ΔW = s·B·A. */
    LINEAR,
    /** GPT-2's Conv1D: W [in, out], A [r, in], B [out, r], ΔW = s·(B·A)ᵀ. */
    TRANSPOSED,
    /** W [words, size], A [r, words], B [size, r], ΔW = s·(B·A)ᵀ. PEFT draws B and zeroes A. */
    EMBEDDING,
    /**
     * W [out, in, k...], A [r, in, k...], B [out, r, 1...], ΔW = s·B·A over the flattened inner
     * dimensions. For a layer of several groups, in is the width of one group.
     */
    CONVOLUTION;

    /**
     * Returns the shape of A.
     *
     * @param weight the shape of W
     * @param rank the rank
     */
    public Shape shapeOfA(Shape weight, int rank) {
        return switch (this) {
            case LINEAR -> new Shape(rank, weight.get(1));
            case TRANSPOSED, EMBEDDING -> new Shape(rank, weight.get(0));
            case CONVOLUTION -> {
                long[] shape = weight.getShape().clone();
                shape[0] = rank;
                yield new Shape(shape);
            }
        };
    }

    /**
     * Returns the shape of B.
     *
     * @param weight the shape of W
     * @param rank the rank
     */
    public Shape shapeOfB(Shape weight, int rank) {
        return switch (this) {
            case LINEAR -> new Shape(weight.get(0), rank);
            case TRANSPOSED, EMBEDDING -> new Shape(weight.get(1), rank);
            case CONVOLUTION -> {
                long[] shape = new long[weight.dimension()];
                Arrays.fill(shape, 1);
                shape[0] = weight.get(0);
                shape[1] = rank;
                yield new Shape(shape);
            }
        };
    }

    /** Returns whether ΔW is the transpose of s·B·A. */
    public boolean isTransposed() {
        return this == TRANSPOSED || this == EMBEDDING;
    }

    /**
     * Whether weights of some number of dimensions have this form.
     *
     * @param dimensions the number
     */
    public boolean fits(int dimensions) {
        return this == CONVOLUTION ? dimensions > 2 : dimensions == 2;
    }
}
