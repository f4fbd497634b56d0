/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * PyTorch operations on token sequences that lie one after another, without padding: N rows of S
 * sequences. The terms of {@link Torch} hold. Thread-safe.
 */
public final class Sequences {
    private Sequences() {}

    /**
     * Rows of a table, of which the row of padding gets no gradient.
     *
     * @param ids integers, any shape
     * @param table [entries, size]
     * @param paddingIndex the row of padding
     * @return [.., size]
     */
    public static NDArray embedding(NDArray ids, NDArray table, long paddingIndex) {
        OperationKit kit = OperationKit.get();
        return kit.call(
                "embedding_padded",
                ids,
                table,
                kit.number(ids.getManager(), (double) paddingIndex));
    }

    /**
     * Turns pairs of channels by the angles of their positions: x ∘ cos + rotated(x) ∘ sin, where
     * rotated(x) is the head's second half, negated, then its first.
     *
     * @param x [N, heads d]
     * @param cos cosines, the two halves alike [N, r]; only the first r of a head's d channels turn
     * @param sin sines [N, r]
     * @param heads the number of heads
     * @return [N, heads d]
     */
    public static NDArray rotary(NDArray x, NDArray cos, NDArray sin, int heads) {
        OperationKit kit = OperationKit.get();
        return kit.call("rotary", x, cos, sin, kit.number(x.getManager(), heads));
    }

    /**
     * Causal attention within each sequence, with grouped keys: softmax(scale Q Kᵀ) V for each
     * head, over the positions up to its own.
     *
     * @param query [N, heads d]
     * @param key [N, groups d]
     * @param value [N, groups d]
     * @param lengths the rows of each sequence [S], int64 on the CPU
     * @param shape how
     * @return [N, heads d]
     */
    public static NDArray causalAttention(
            NDArray query, NDArray key, NDArray value, NDArray lengths, AttentionShape shape) {
        OperationKit kit = OperationKit.get();
        NDManager owner = query.getManager();
        return kit.call(
                "causal_attention",
                query,
                key,
                value,
                lengths,
                kit.number(owner, shape.heads()),
                kit.number(owner, shape.groups()),
                kit.number(owner, shape.scale()),
                kit.number(owner, shape.window()),
                kit.number(owner, shape.softCap()));
    }

    /**
     * Causal attention with dropped probabilities: (softmax(scale Q Kᵀ) ∘ D / (1 - p)) V.
     *
     * @param query [N, heads d]
     * @param key [N, groups d]
     * @param value [N, groups d]
     * @param lengths the rows of each sequence [S], int64 on the CPU
     * @param shape how
     * @param kept D, booleans, true where a probability is kept: [heads, t, t] of each sequence,
     *     one after another [Σ heads t t]
     * @param p the probability with which they were dropped, in [0, 1)
     * @return [N, heads d]
     */
    public static NDArray causalAttention(
            NDArray query,
            NDArray key,
            NDArray value,
            NDArray lengths,
            AttentionShape shape,
            NDArray kept,
            double p) {
        OperationKit kit = OperationKit.get();
        NDManager owner = query.getManager();
        return kit.call(
                "causal_attention_dropped",
                query,
                key,
                value,
                lengths,
                kept,
                kit.number(owner, shape.heads()),
                kit.number(owner, shape.groups()),
                kit.number(owner, shape.scale()),
                kit.number(owner, shape.window()),
                kit.number(owner, shape.softCap()),
                Dropout.scale(kit, owner, p));
    }

    /**
     * Puts rows into places of an array of zeros.
     *
     * @param rows [N, H]
     * @param places where each row goes, int64 [N]
     * @param count the rows of the result
     * @return [count, H]
     */
    public static NDArray spread(NDArray rows, NDArray places, long count) {
        OperationKit kit = OperationKit.get();
        try (NDArray number = kit.passingNumber(rows.getManager(), (double) count)) {
            return kit.call("spread_rows", rows, places, number);
        }
    }

    /**
     * Returns adjoining columns.
     *
     * @param x [N, C]
     * @param from the first
     * @param to the last + 1
     * @return [N, to - from]
     */
    public static NDArray columns(NDArray x, int from, int to) {
        OperationKit kit = OperationKit.get();
        NDManager owner = x.getManager();
        return kit.call("columns", x, kit.number(owner, from), kit.number(owner, to));
    }

    /** Gives each head a row of its own: [N, heads d] to [N, heads, d]. */
    public static NDArray heads(NDArray x, int heads) {
        OperationKit kit = OperationKit.get();
        return kit.call("head_rows", x, kit.number(x.getManager(), heads));
    }

    /** Joins the heads' rows: [N, heads, d] to [N, heads d]. */
    public static NDArray joined(NDArray x) {
        return OperationKit.get().call("joined_heads", x);
    }

    /**
     * Returns some of the rows.
     *
     * @param rows [N, H]
     * @param places which, int64 [M]
     * @return [M, H]
     */
    public static NDArray take(NDArray rows, NDArray places) {
        return OperationKit.get().call("rows", rows, places);
    }

    /**
     * Returns the highest score of each row, and where it is: the first of equal ones.
     *
     * @param scores [S, V]; a NaN counts as the highest
     * @return values [S] and indices, int64 [S]
     */
    public static NDList best(NDArray scores) {
        return OperationKit.get().callWithLists("best", scores, List.of());
    }
}
