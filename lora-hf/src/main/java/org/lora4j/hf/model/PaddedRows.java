/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.pass.Invocations;
import org.lora4j.torch.Sequences;

/**
 * The tokens of a padded batch [B, T] as rows without padding, and the way back.
 *
 * @param tokens ids [N], positions [N], lengths [S]
 * @param places where each row stands in the batch, as row * T + column [N]
 * @param real which rows are of tokens that are not virtual; null where all are
 * @param batch B
 * @param width T
 */
record PaddedRows(NDList tokens, NDArray places, @Nullable NDArray real, long batch, long width) {
    /**
     * Leaves the padding out; positions count a sequence's own tokens, from 0.
     *
     * @param scope who owns the arrays
     * @param inputs ids [B, T] and, optionally, a mask [B, T]
     * @param active is told where the sequences lie; those with the same adapters follow one
     *     another
     * @param virtual how many virtual tokens stand before each sequence
     * @throws IllegalArgumentException if the shapes differ or a sequence is padding alone
     */
    static PaddedRows of(NDManager scope, NDList inputs, ActiveAdapters active, int virtual) {
        Shape shape = inputs.get(0).getShape();
        if (shape.dimension() != 2 || shape.size() == 0) {
            throw new IllegalArgumentException("ids are " + shape + "; expected [B, T]");
        }
        int rows = (int) shape.get(0);
        int columns = (int) shape.get(1);
        long[] ids = inputs.get(0).toLongArray();
        long[] mask = inputs.size() > 1 ? mask(inputs.get(1), shape) : ones(ids.length);
        int most = ids.length + rows * virtual;
        long[] kept = new long[most];
        long[] positions = new long[most];
        long[] places = new long[ids.length];
        long[] real = new long[ids.length];
        int tokens = 0;
        long[] lengths = new long[rows];
        int count = 0;
        int[] order = active.order(rows);
        for (int i = 0; i < rows; i++) {
            int row = order[i];
            for (int v = 0; v < virtual; v++) {
                kept[count] = -1L - v;
                positions[count++] = lengths[i]++;
            }
            for (int at = row * columns; at < (row + 1) * columns; at++) {
                if (mask[at] != 0) {
                    kept[count] = ids[at];
                    places[tokens] = at;
                    real[tokens++] = count;
                    positions[count++] = lengths[i]++;
                }
            }
            if (lengths[i] == virtual) {
                throw new IllegalArgumentException(
                        "sequence %s of the batch is padding alone; expected a token in each"
                                .formatted(row));
            }
        }
        if (active.readsRows()) {
            int[] firsts = new int[rows];
            for (int i = 1; i < rows; i++) {
                firsts[i] = Math.toIntExact(firsts[i - 1] + lengths[i - 1]);
            }
            active.layOut(
                    order,
                    lengths,
                    (text, invocation) ->
                            Invocations.last(
                                    invocation, lengths[text], at -> kept[firsts[text] + at]));
        }
        NDList arrays =
                new NDList(
                        create(scope, kept, count),
                        create(scope, positions, count),
                        scope.create(lengths).toDevice(Device.cpu(), false));
        NDArray kinds = virtual == 0 ? null : create(scope, real, tokens);
        return new PaddedRows(arrays, create(scope, places, tokens), kinds, rows, columns);
    }

    private static long[] mask(NDArray mask, Shape shape) {
        if (!mask.getShape().equals(shape)) {
            throw new IllegalArgumentException(
                    "the attention mask is %s; expected %s, as ids"
                            .formatted(mask.getShape(), shape));
        }
        return mask.toLongArray();
    }

    private static long[] ones(int count) {
        long[] ones = new long[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static NDArray create(NDManager scope, long[] values, int count) {
        return scope.create(Arrays.copyOf(values, count));
    }

    /** Returns the rows of tokens that are not virtual. */
    NDArray real(NDArray rows) {
        return real == null ? rows : Sequences.take(rows, real);
    }

    /**
     * Puts rows [N, V] back into their places.
     *
     * @return [B, T, V], zero where there is padding
     */
    NDArray spread(NDArray rows) {
        long size = rows.getShape().get(1);
        NDArray spread = Sequences.spread(rows, places, batch * width);
        return spread.reshape(batch, width, size);
    }
}
