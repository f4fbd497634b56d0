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
import org.lora4j.block.ActiveAdapters;
import org.lora4j.torch.Sequences;

/**
 * The tokens of a padded batch [B, T] as rows without padding, and the way back.
 *
 * @param tokens ids [N], positions [N], lengths [S]
 * @param places where each row stands in the batch, as row * T + column [N]
 * @param batch B
 * @param width T
 */
record PaddedRows(NDList tokens, NDArray places, long batch, long width) {
    /**
     * Leaves the padding out; positions count a sequence's own tokens, from 0.
     *
     * @param scope who owns the arrays
     * @param inputs ids [B, T] and, optionally, a mask [B, T]
     * @param active is told where the sequences lie; those with the same adapters follow one
     *     another
     * @throws IllegalArgumentException if the shapes differ or a sequence is padding alone
     */
    static PaddedRows of(NDManager scope, NDList inputs, ActiveAdapters active) {
        Shape shape = inputs.get(0).getShape();
        if (shape.dimension() != 2 || shape.size() == 0) {
            throw new IllegalArgumentException("ids are " + shape + "; expected [B, T]");
        }
        int rows = (int) shape.get(0);
        int columns = (int) shape.get(1);
        long[] ids = inputs.get(0).toLongArray();
        long[] mask = inputs.size() > 1 ? mask(inputs.get(1), shape) : ones(ids.length);
        long[] kept = new long[ids.length];
        long[] positions = new long[ids.length];
        long[] places = new long[ids.length];
        long[] lengths = new long[rows];
        int count = 0;
        int[] order = active.order(rows);
        for (int i = 0; i < rows; i++) {
            int row = order[i];
            for (int at = row * columns; at < (row + 1) * columns; at++) {
                if (mask[at] != 0) {
                    kept[count] = ids[at];
                    places[count] = at;
                    positions[count++] = lengths[i]++;
                }
            }
            if (lengths[i] == 0) {
                throw new IllegalArgumentException(
                        "sequence %s of the batch is padding alone; expected a token in each"
                                .formatted(row));
            }
        }
        active.layOut(order, lengths);
        NDList tokens =
                new NDList(
                        create(scope, kept, count),
                        create(scope, positions, count),
                        scope.create(lengths).toDevice(Device.cpu(), false));
        return new PaddedRows(tokens, create(scope, places, count), rows, columns);
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
