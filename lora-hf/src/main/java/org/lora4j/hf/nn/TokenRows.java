/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.lora4j.torch.Sequences;
import org.lora4j.torch.Torch;

/**
 * A layer's input: hidden states of the tokens of B texts, and the arrays of their {@link
 * TokenLayout}.
 *
 * @param arrays hidden states [N, H]; the row of each text's first token [B]; where each text of
 *     the batch was laid out [B]; the first text of each padded group, and their end [G + 1]; where
 *     texts differ in length, the padded row of each token [N] and an additive mask [b, 1, 1, t]
 *     for each of the G groups; and what the layers of a model share
 */
public record TokenRows(NDList arrays) {
    private static final int FIRST = 1;
    private static final int INVERSE = 2;
    private static final int GROUPS = 3;
    private static final int PADDED = 4;

    /** Returns the hidden states [N, H]. */
    public NDArray hidden() {
        return arrays.get(0);
    }

    /** Returns the number of texts B. */
    public int texts() {
        return (int) arrays.get(FIRST).size();
    }

    /** Returns whether attention needs padding. */
    public boolean isPadded() {
        return groups() > 0;
    }

    private int groups() {
        return (int) arrays.get(GROUPS).size() - 1;
    }

    /** Returns the row of each token among those of the padded groups, int64 [N]. */
    public NDArray padded() {
        return arrays.get(PADDED);
    }

    /** Returns the groups' masks, each [b, 1, 1, t], float32. */
    public NDList masks() {
        return new NDList(arrays.subList(PADDED + 1, PADDED + 1 + groups()));
    }

    /** Returns what the layers of the model share. */
    public NDList shared() {
        return arrays.subNDList(isPadded() ? PADDED + 1 + groups() : PADDED);
    }

    /**
     * Returns the same layout with other hidden states.
     *
     * @param hidden [N, H], or [B, H] for first tokens alone
     */
    public NDList with(NDArray hidden) {
        NDList list = new NDList(arrays);
        list.set(0, hidden);
        return list;
    }

    /**
     * Returns the hidden states of each text's first token.
     *
     * @return [B, H]; the hidden states themselves if they are of first tokens alone
     */
    public NDArray firstTokens() {
        return hidden().getShape().get(0) == texts()
                ? hidden()
                : Sequences.take(hidden(), arrays.get(FIRST));
    }

    /**
     * Returns the hidden states of each text's last token.
     *
     * @return [B, H]; the hidden states themselves if they are of one token of each text
     */
    public NDArray lastTokens() {
        long rows = hidden().getShape().get(0);
        if (rows == texts()) {
            return hidden();
        }
        long[] ends = arrays.get(FIRST).toLongArray();
        for (int i = 0; i + 1 < ends.length; i++) {
            ends[i] = ends[i + 1] - 1;
        }
        ends[ends.length - 1] = rows - 1;
        try (NDArray java = hidden().getManager().create(ends)) {
            return Sequences.take(hidden(), Torch.copy(java)); // a gradient reads it
        }
    }

    /**
     * Returns the mean of the hidden states of each text's tokens, without those that are hidden
     * from the others.
     *
     * @return [B, H]
     */
    public NDArray means() {
        int rows = Math.toIntExact(hidden().getShape().get(0));
        long[] firsts = arrays.get(FIRST).toLongArray();
        float[] counted = counted(rows);
        float[] members = new float[Math.multiplyExact(firsts.length, rows)];
        float[] shares = new float[firsts.length];
        for (int text = 0; text < firsts.length; text++) {
            int end = text + 1 < firsts.length ? (int) firsts[text + 1] : rows;
            float count = 0;
            for (int row = (int) firsts[text]; row < end; row++) {
                members[text * rows + row] = counted[row];
                count += counted[row];
            }
            shares[text] = 1 / Math.max(1, count);
        }
        NDManager manager = hidden().getManager();
        try (NDArray which = manager.create(members, new Shape(firsts.length, rows));
                NDArray share = manager.create(shares, new Shape(firsts.length, 1));
                NDArray kept = Torch.copy(which);
                NDArray factor = Torch.copy(share)) { // a gradient reads them: see Torch.copy
            NDArray sums = Torch.linear(Torch.toTypeOf(kept, hidden()), hidden().transpose());
            return Torch.multiply(sums, factor);
        }
    }

    /** Returns 1 for each row that the masks admit, and 0 for others. */
    private float[] counted(int rows) {
        float[] counted = new float[rows];
        Arrays.fill(counted, 1);
        if (isPadded()) {
            long[] places = padded().toLongArray();
            int group = 0;
            long start = 0;
            float[] mask = masks().get(0).toFloatArray();
            for (int row = 0; row < rows; row++) {
                while (places[row] >= start + mask.length) {
                    start += mask.length;
                    mask = masks().get(++group).toFloatArray();
                }
                counted[row] = mask[(int) (places[row] - start)] == 0 ? 1 : 0;
            }
        }
        return counted;
    }

    /**
     * Puts rows in the order of the texts in the batch.
     *
     * @param rows [B, ..], in the order of the layout
     * @return [B, ..]
     */
    public NDArray inOrderOfTexts(NDArray rows) {
        return Sequences.take(rows, arrays.get(INVERSE));
    }
}
