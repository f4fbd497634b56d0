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
 *     the batch was laid out [B]; and, where texts differ in length, the padded row of each token
 *     [N] and an additive mask [b, 1, 1, t] for each group
 */
public record TokenRows(NDList arrays) {
    private static final int FIRST = 1;
    private static final int INVERSE = 2;
    private static final int PADDED = 3;

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
        return arrays.size() > PADDED;
    }

    /** Returns the row of each token among those of the padded groups, int64 [N]. */
    public NDArray padded() {
        return arrays.get(PADDED);
    }

    /** Returns the groups' masks, each [b, 1, 1, t], float32. */
    public NDList masks() {
        return arrays.subNDList(PADDED + 1);
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
