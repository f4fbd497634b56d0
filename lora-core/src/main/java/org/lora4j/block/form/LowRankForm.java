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
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.core.variant.LoraVariant;

/**
 * The shapes of an adapter's A and B on a layer, and how they change its weight and output.
 * Immutable.
 */
public sealed interface LowRankForm
        permits LinearForm,
                SlicedForm,
                BlockDiagonalForm,
                RoutedForm,
                EmbeddingForm,
                ConvolutionForm,
                LoralibConvolutionForm,
                WeightForm {
    /** Returns A's shape, which begins with the rank's dimension. */
    Shape shapeA(int rank);

    /** Returns B's shape. */
    Shape shapeB(int rank);

    /**
     * Returns the change of the weight, in float32.
     *
     * @param term A, B and s, without gradients
     * @return shaped as the weight; of A's manager
     */
    NDArray delta(LoraKernels kernels, LowRankTerm term);

    /**
     * Returns the layer's output with the correction added.
     *
     * @param y the output of the base
     * @param x the layer's input, after dropout
     * @param term A, B and s
     * @return a new array of y's dtype; of y's manager
     */
    NDArray add(LoraKernels kernels, NDArray y, NDArray x, LowRankTerm term);

    /** Returns whether a new adapter has A = 0 and a drawn B instead of B = 0 and a drawn A. */
    default boolean drawsB() {
        return false;
    }

    /** Returns whether the correction equals a change of the weight, so that it can be merged. */
    default boolean merges() {
        return true;
    }

    /**
     * Returns the shape of DoRA's magnitudes, one for each output, which is broadcast over the
     * layer's output; null where the form has none.
     */
    default @Nullable Shape magnitudes() {
        return null;
    }

    /**
     * Returns the shape of B's bias, one number for each output.
     *
     * @param rank r
     */
    default Shape biases(int rank) {
        return new Shape(shapeB(rank).get(0));
    }

    /** Returns whether the outputs are the last dimension of the weight and not its first. */
    default boolean outputsLast() {
        return false;
    }

    /** Returns whether dropout acts on the input. */
    default boolean dropsInput() {
        return true;
    }

    /**
     * Returns B as PEFT's files hold it beside an unchanged A.
     *
     * @param manager the manager that gets a new array
     * @throws UnsupportedOperationException if PEFT has no such form
     */
    default NDArray plainB(NDManager manager, NDArray b) {
        return b;
    }

    /** Returns PEFT's name of A below the module's path. */
    default String suffixA() {
        return "lora_A.weight";
    }

    /** Returns PEFT's name of B below the module's path. */
    default String suffixB() {
        return "lora_B.weight";
    }

    /**
     * Returns the shapes of an adapter's tensors by PEFT's suffix, A first.
     *
     * @param spec the adapter's numbers, which fit the form
     */
    default Map<String, Shape> shapes(AdapterSpec spec) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put(suffixA(), shapeA(spec.rank()));
        shapes.put(suffixB(), shapeB(spec.rank()));
        Shape magnitudes = spec.dora() ? magnitudes() : null;
        if (magnitudes != null) {
            shapes.put(Magnitude.SUFFIX, magnitudes);
        }
        if (spec.variant() instanceof LoraVariant.Kasa) {
            shapes.put(LoraAdapter.DIAGONAL, new Shape(spec.rank()));
        }
        if (spec.loraBias()) {
            shapes.put(LoraAdapter.BIAS, biases(spec.rank()));
        }
        shapes.putAll(KeptTensors.shapes(spec, this));
        return shapes;
    }

    /** Returns s (B A)ᵀ in float32, [in, out]; it belongs to A's manager. */
    static NDArray transposedDelta(LoraKernels kernels, LowRankTerm term) {
        try (NDArray left = term.a().transpose();
                NDArray right = term.b().transpose()) {
            return kernels.delta(right, left, term.scaling());
        }
    }
}
