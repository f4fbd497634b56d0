/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;

/** How one adapter's A and B are shaped on a layer, and what they do there. Immutable. */
public sealed interface LowRankForm
        permits LinearForm, SlicedForm, EmbeddingForm, ConvolutionForm, LoralibConvolutionForm {
    /** A's shape, the rank's dimension first. */
    Shape shapeA(int rank);

    /** B's shape. */
    Shape shapeB(int rank);

    /**
     * The change of the weight, in float32.
     *
     * @param term A, B and s, without gradients
     * @return shaped as the weight; of A's manager
     */
    NDArray delta(LoraKernels kernels, LowRankTerm term);

    /**
     * What the layer gives with the correction added.
     *
     * @param y what it gives without
     * @param x its input, after dropout
     * @param term A, B and s
     * @return a new array of y's dtype; of y's manager
     */
    NDArray add(LoraKernels kernels, NDArray y, NDArray x, LowRankTerm term);

    /** Whether a new adapter has A = 0 and a drawn B; else it has B = 0 and a drawn A. */
    default boolean drawsB() {
        return false;
    }

    /** Whether the correction is a change of the weight. */
    default boolean merges() {
        return true;
    }

    /** Whether dropout acts on the input. */
    default boolean dropsInput() {
        return true;
    }

    /**
     * B as PEFT's files hold it, with A as it is.
     *
     * @param manager who owns an array that is made for it
     * @throws UnsupportedOperationException if PEFT has no such form
     */
    default NDArray plainB(NDManager manager, NDArray b) {
        return b;
    }

    /** What PEFT calls A below the module's path. */
    default String suffixA() {
        return "lora_A.weight";
    }

    /** What PEFT calls B below the module's path. */
    default String suffixB() {
        return "lora_B.weight";
    }

    /** The shapes of the tensors by PEFT's suffix, in PEFT's order. */
    default Map<String, Shape> shapes(int rank) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put(suffixA(), shapeA(rank));
        shapes.put(suffixB(), shapeB(rank));
        return shapes;
    }

    /** s (B A)ᵀ in float32, [in, out]; of A's manager. */
    static NDArray transposedDelta(LoraKernels kernels, LowRankTerm term) {
        try (NDArray left = term.a().transpose();
                NDArray right = term.b().transpose()) {
            return kernels.delta(right, left, term.scaling());
        }
    }
}
