/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.ConvolutionGeometry;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;

/**
 * A and B that change a weight before it is used: W0 + s·B·A. A convolution can run with the change
 * alone, so that dropout acts on its input; elsewhere there is none.
 *
 * @param weight W0's shape
 * @param layout how the weight is read
 * @param geometry how the convolution slides, or null where the weight is not that of an adapted
 *     convolution
 */
public record WeightForm(Shape weight, Layout layout, @Nullable ConvolutionGeometry geometry)
        implements LowRankForm {
    /** How a weight is read. */
    public enum Layout {
        /** [out, ..], a matrix [out, rest]: A [r, rest] and B [out, r]. */
        MATRIX,
        /** [in, out], a matrix that is read transposed: A [r, in] and B [out, r]. */
        TRANSPOSED,
        /** [entries, width], a table whose rows are looked up: A [r, entries] and B [width, r]. */
        TABLE,
        /** [out, in/groups, k..], a convolution's: A [r, in/groups, k..] and B [out, r, 1..]. */
        KERNEL,
        /**
         * [experts, out, in], E matrices side by side: A [r E, in], of which rows e r to e r + r -
         * 1 are those of expert e, and B [out, r E], whose column k E + e is column k of expert e.
         * This is how PEFT's ParamWrapper has them.
         */
        EXPERTS,
        /** [experts, in, out]: A and B as of {@link #EXPERTS}, and their products transposed. */
        EXPERTS_TRANSPOSED
    }

    /**
     * The form on a weight that is only read, such as that of an LSTM.
     *
     * @param weight W0's shape
     * @param layout how the weight is read
     */
    public WeightForm(Shape weight, Layout layout) {
        this(weight, layout, null);
    }

    /**
     * The form on a weight that is adapted by itself, PEFT's target_parameters.
     *
     * @param path its path, for messages
     * @param weight W0's shape: [rows, columns], with A [r, columns] and B [rows, r], or that of
     *     experts
     * @param transposed whether experts are [in, out]
     * @throws IllegalArgumentException if W0 has not two or three dimensions
     */
    public static WeightForm ofParameter(String path, Shape weight, boolean transposed) {
        return switch (weight.dimension()) {
            case 2 -> new WeightForm(weight, Layout.MATRIX);
            case 3 ->
                    new WeightForm(weight, transposed ? Layout.EXPERTS_TRANSPOSED : Layout.EXPERTS);
            default ->
                    throw new IllegalArgumentException(
                            ("%s is %s, and a parameter is adapted by itself as [rows, columns] or"
                                            + " [experts, out, in]; leave it out of the target"
                                            + " parameters")
                                    .formatted(path, weight));
        };
    }

    private boolean isOfExperts() {
        return layout == Layout.EXPERTS || layout == Layout.EXPERTS_TRANSPOSED;
    }

    @Override
    public Shape shapeA(int rank) {
        return switch (layout) {
            case MATRIX -> new Shape(rank, weight.size() / Math.max(1, weight.get(0)));
            case TABLE, TRANSPOSED -> new Shape(rank, weight.get(0));
            case KERNEL -> new Shape(rank).addAll(weight.slice(1));
            case EXPERTS -> new Shape(rank * weight.get(0), weight.get(2));
            case EXPERTS_TRANSPOSED -> new Shape(rank * weight.get(0), weight.get(1));
        };
    }

    @Override
    public Shape shapeB(int rank) {
        if (isOfExperts()) {
            long out = weight.get(layout == Layout.EXPERTS ? 1 : 2);
            return new Shape(out, rank * weight.get(0));
        }
        Shape shape = new Shape(weight.get(isTransposed() ? 1 : 0), rank);
        if (layout == Layout.KERNEL) {
            for (int i = 2; i < weight.dimension(); i++) {
                shape = shape.add(1);
            }
        }
        return shape;
    }

    private boolean isTransposed() {
        return layout == Layout.TABLE || layout == Layout.TRANSPOSED;
    }

    @Override
    public boolean drawsB() {
        return layout == Layout.TABLE;
    }

    @Override
    public boolean dropsInput() {
        return geometry != null;
    }

    @Override
    public NDArray delta(LoraKernels kernels, LowRankTerm term) {
        if (isOfExperts()) {
            try (NDArray zeros =
                    term.a().getManager().zeros(weight, DataType.FLOAT32, term.a().getDevice())) {
                return changed(kernels, zeros, term);
            }
        }
        if (isTransposed()) {
            return LowRankForm.transposedDelta(kernels, term);
        }
        int rank = Math.toIntExact(term.a().getShape().get(0));
        try (NDArray a = term.a().reshape(rank, -1);
                NDArray b = term.b().reshape(-1, rank);
                NDArray flat = kernels.delta(a, b, term.scaling())) {
            return flat.reshape(weight);
        }
    }

    @Override
    public NDArray add(LoraKernels kernels, NDArray y, NDArray x, LowRankTerm term) {
        if (geometry == null) {
            throw new UnsupportedOperationException("this adapter changes a weight, not an output");
        }
        int rank = Math.toIntExact(term.a().getShape().get(0));
        try (NDArray a = term.a().reshape(rank, -1);
                NDArray b = term.b().reshape(-1, rank)) {
            LowRankTerm flat = new LowRankTerm(a, b, term.scaling(), term.dtype());
            return kernels.addWeightConvolution(y, x, flat, weight, geometry);
        }
    }

    /**
     * W0 + s·B·A, with what its gradients need.
     *
     * @param w W0, or what other adapters made of it
     * @param term A, B and s
     * @return a new array shaped as the weight, of its dtype; of its manager
     */
    public NDArray changed(LoraKernels kernels, NDArray w, LowRankTerm term) {
        return isOfExperts()
                ? kernels.changeExperts(w, term, layout == Layout.EXPERTS_TRANSPOSED)
                : kernels.changeWeight(w, term, isTransposed());
    }

    @Override
    public String suffixA() {
        return layout == Layout.TABLE ? "lora_embedding_A" : "lora_A.weight";
    }

    @Override
    public String suffixB() {
        return layout == Layout.TABLE ? "lora_embedding_B" : "lora_B.weight";
    }
}
