/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;

/**
 * BD-LoRA on a linear layer: A or B is block-diagonal, of n equal blocks, and its tensor holds the
 * blocks one above the other: A [r, in/n] or B [out, r/n]. It is computed as the plain form with
 * that matrix filled up with zeros. Follows peft/tuners/lora/variants.py, BlockDiagonalLinear.
 *
 * @param whole the plain form
 * @param ofA whether A is block-diagonal, and otherwise B
 * @param blocks n
 */
public record BlockDiagonalForm(LinearForm whole, boolean ofA, int blocks) implements LowRankForm {
    /**
     * Checks that the matrix has equal blocks.
     *
     * @param path the layer's module path
     * @param whole the plain form
     * @param ofA whether A is block-diagonal, and otherwise B
     * @param blocks n
     * @param rank r
     * @throws IllegalArgumentException if a side cannot be divided, or the weight is [in, out]
     */
    public static BlockDiagonalForm of(
            String path, LinearForm whole, boolean ofA, int blocks, int rank) {
        if (whole.outputsLast()) {
            throw new IllegalArgumentException(
                    ("%s is stored [in, out], for which PEFT has no block-diagonal matrices; leave"
                                    + " it out of the targets")
                            .formatted(path));
        }
        long side = ofA ? whole.in() : whole.out();
        if (side % blocks != 0 || rank % blocks != 0) {
            throw new IllegalArgumentException(
                    ("%s has %d %s and the rank %d, and its %s is to have %d equal blocks; expected"
                                    + " numbers that can be divided by %6$d")
                            .formatted(
                                    path,
                                    side,
                                    ofA ? "inputs" : "outputs",
                                    rank,
                                    ofA ? "A" : "B",
                                    blocks));
        }
        return new BlockDiagonalForm(whole, ofA, blocks);
    }

    @Override
    public Shape shapeA(int rank) {
        return ofA ? new Shape(rank, whole.in() / blocks) : whole.shapeA(rank);
    }

    @Override
    public Shape shapeB(int rank) {
        return ofA ? whole.shapeB(rank) : new Shape(whole.out(), rank / blocks);
    }

    @Override
    public NDArray delta(LoraKernels kernels, LowRankTerm term) {
        try (NDManager scope = term.a().getManager().newSubManager()) {
            NDArray delta = whole.delta(kernels, plain(scope, term));
            delta.attach(term.a().getManager());
            return delta;
        }
    }

    @Override
    public NDArray add(LoraKernels kernels, NDArray y, NDArray x, LowRankTerm term) {
        try (NDManager scope = y.getManager().newSubManager()) {
            return whole.add(kernels, y, x, plain(scope, term));
        }
    }

    private LowRankTerm plain(NDManager scope, LowRankTerm term) {
        return ofA
                ? new LowRankTerm(diagonal(scope, term.a()), term.b(), term.scaling(), term.dtype())
                : term.withB(diagonal(scope, term.b()));
    }

    /** Blocks one above the other [m, k] on the diagonal of [m, k n]; differentiable. */
    private NDArray diagonal(NDManager scope, NDArray stacked) {
        if (blocks == 1) {
            return stacked;
        }
        long rows = stacked.getShape().get(0);
        long columns = stacked.getShape().get(1);
        NDArray ones = scope.eye(blocks, blocks, 0, stacked.getDataType());
        NDArray places = ones.toDevice(stacked.getDevice(), false).reshape(blocks, 1, blocks, 1);
        NDArray parts = stacked.reshape(blocks, rows / blocks, 1, columns);
        NDArray apart = parts.mul(places);
        NDArray filled = apart.reshape(rows, columns * blocks);
        scope.attachAll(ones, places, parts, apart, filled);
        return filled;
    }
}
