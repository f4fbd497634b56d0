/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.operation.Script;
import org.lora4j.torch.tape.GradientTape;

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
        return Script.DENSE.array("embedding", ids, table, paddingIndex);
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
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.ATTENTION.array("rotary", x, cos, sin, heads)
                : TapedElements.rotary(tape, x, cos, sin, heads);
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
        return causalAttention(query, key, value, lengths, shape, null, 0);
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
     *     one after another [Σ heads t t]; null where all are
     * @param p the probability with which they were dropped, in [0, 1)
     * @return [N, heads d]
     */
    public static NDArray causalAttention(
            NDArray query,
            NDArray key,
            NDArray value,
            NDArray lengths,
            AttentionShape shape,
            @Nullable NDArray kept,
            double p) {
        GradientTape tape = GradientTape.current();
        if (tape != null) {
            return TapedAttention.causal(
                    tape, query, key, value, lengths, shape, kept, Dropout.scale(p));
        }
        return Script.ATTENTION.array(
                "causal_attention",
                query,
                key,
                value,
                lengths,
                shape.heads(),
                shape.scale(),
                shape.window(),
                shape.softCap(),
                kept,
                Dropout.scale(p));
    }

    /**
     * Makes a bias for attention's scores that hides positions which are far from one another.
     *
     * @param like whose manager owns the result, on whose device it is
     * @param length t
     * @param reach how far apart positions see one another
     * @return [1, t, t], float32: 0 where |i - j| is at most reach, the lowest number elsewhere
     */
    public static NDArray band(NDArray like, int length, int reach) {
        return Script.ROWS.array("band", like, length, reach);
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
        return Script.ROWS.array("spread", rows, places, count);
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
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.ROWS.array("columns", x, from, to)
                : TapedElements.columns(tape, x, from, to);
    }

    /** Gives each head a row of its own: [N, heads d] to [N, heads, d]. */
    public static NDArray heads(NDArray x, int heads) {
        return shaped(x, Script.ROWS.array("heads", x, heads));
    }

    /** Joins the heads' rows: [N, heads, d] to [N, heads d]. */
    public static NDArray joined(NDArray x) {
        return shaped(x, Script.ROWS.array("joined", x));
    }

    private static NDArray shaped(NDArray x, NDArray y) {
        GradientTape tape = GradientTape.current();
        return tape == null ? y : TapedElements.shaped(tape, x, y);
    }

    /**
     * Returns some of the rows.
     *
     * @param rows [N, H]
     * @param places which, int64 [M]
     * @return [M, H]
     */
    public static NDArray take(NDArray rows, NDArray places) {
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.ROWS.array("take", rows, places)
                : TapedElements.take(tape, rows, places);
    }

    /**
     * Returns the highest score of each row, and where it is: the first of equal ones.
     *
     * @param scores [S, V]; a NaN counts as the highest
     * @return values [S] and indices, int64 [S]
     */
    public static NDList best(NDArray scores) {
        return Script.ROWS.list("best", scores);
    }

    /**
     * Returns the logarithm of the softmax of scores, for one of each row.
     *
     * @param scores [N, C]
     * @param places int64 [N], which of the C
     * @return float32 [N]
     */
    public static NDArray logProbabilities(NDArray scores, NDArray places) {
        return Script.ROWS.array("log_probabilities", scores, places);
    }
}
