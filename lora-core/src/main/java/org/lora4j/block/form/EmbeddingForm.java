/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;

/**
 * A [r, entries] and B [size, r] on a table [entries, size]: the rows of Aᵀ are looked up as the
 * table's are. Dropout does not act on ids.
 *
 * @param entries the table's rows
 * @param size their length
 * @param paddingIndex the row whose column of A gets no gradient, or -1
 */
public record EmbeddingForm(long entries, long size, long paddingIndex) implements LowRankForm {
    @Override
    public Shape shapeA(int rank) {
        return new Shape(rank, entries);
    }

    @Override
    public Shape shapeB(int rank) {
        return new Shape(size, rank);
    }

    @Override
    public boolean drawsB() {
        return true;
    }

    @Override
    public boolean dropsInput() {
        return false;
    }

    @Override
    public Shape magnitudes() {
        return new Shape(size);
    }

    @Override
    public boolean outputsLast() {
        return true;
    }

    @Override
    public NDArray delta(LoraKernels kernels, LowRankTerm term) {
        return LowRankForm.transposedDelta(kernels, term);
    }

    @Override
    public NDArray add(LoraKernels kernels, NDArray y, NDArray x, LowRankTerm term) {
        return kernels.addEmbedding(y, x, term, paddingIndex);
    }

    @Override
    public String suffixA() {
        return "lora_embedding_A";
    }

    @Override
    public String suffixB() {
        return "lora_embedding_B";
    }
}
