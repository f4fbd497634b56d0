/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.lora4j.torch.Sequences;

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
     * Puts rows in the order of the texts in the batch.
     *
     * @param rows [B, ..], in the order of the layout
     * @return [B, ..]
     */
    public NDArray inOrderOfTexts(NDArray rows) {
        return Sequences.take(rows, arrays.get(INVERSE));
    }
}
