/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.operation.Script;

/**
 * Attention of one new token of each sequence to keys and values that are kept. The terms of {@link
 * Torch} hold.
 *
 * <p>Keys and values [S, groups, C, d] have room for C columns. Sequences end in the same column:
 * one that is shorter than the longest begins in a later column, and what lies before its start is
 * zero and hidden. So a step writes one column and reads a range of columns, whatever the lengths
 * are. Thread-safe.
 */
public final class CachedAttention {
    private CachedAttention() {}

    /**
     * The columns that a step writes and reads; the same for all layers that keep the same columns.
     *
     * @param at the column that is written, the last that is read
     * @param first the first column that is read
     * @param mask what is added to the scores [S, 1, 1, T]
     */
    public record Place(int at, int first, @Nullable NDArray mask) {}

    /**
     * Makes a {@link Place}.
     *
     * @param owner who owns its mask
     * @param like an array of the dtype and device of the queries
     * @param at the column that is written, the last that is read
     * @param first the first column that is read
     * @param hidden how many of the columns read lie before the start of each sequence; 0 or less
     *     for none
     */
    public static Place place(NDManager owner, NDArray like, int at, int first, long[] hidden) {
        NDArray mask = null;
        if (Arrays.stream(hidden).anyMatch(n -> n > 0)) {
            try (NDArray starts = owner.create(hidden)) {
                mask = Script.ATTENTION.array("hidden_columns", like, starts, at + 1L - first);
                mask.attach(owner);
            }
        }
        return new Place(at, first, mask);
    }

    /**
     * Keeps the keys and values of prompts.
     *
     * @param key [N, groups d]
     * @param value [N, groups d]
     * @param lengths the rows of each sequence [S], int64 on the CPU
     * @param groups the heads of keys
     * @param capacity C, at least the longest length
     * @return keys and values [S, groups, C, d]; they belong to the manager of key
     */
    public static NDList keep(
            NDArray key, NDArray value, NDArray lengths, int groups, int capacity) {
        return Script.ATTENTION.list("keep", key, value, lengths, groups, capacity);
    }

    /**
     * Writes a token's keys and values and attends to those that are kept: softmax(scale Q Kᵀ) V
     * for each head.
     *
     * @param query [S, heads d]
     * @param key [S, groups d]
     * @param value [S, groups d]
     * @param kept keys and values, written in place
     * @param place what is written and read
     * @param shape how; its window is in the place
     * @return [S, heads d]
     */
    public static NDArray attend(
            NDArray query,
            NDArray key,
            NDArray value,
            NDList kept,
            Place place,
            AttentionShape shape) {
        return turnAndAttend(query, key, value, null, null, kept, place, shape);
    }

    /**
     * Turns queries and keys to their positions, and goes on as {@link #attend}.
     *
     * @param query [S, heads d]
     * @param key [S, groups d]
     * @param value [S, groups d]
     * @param cos cosines as {@link Sequences#rotary} takes them [S, r]; null to turn nothing
     * @param sin sines [S, r], or null
     * @param kept keys and values, written in place
     * @param place what is written and read
     * @param shape how; its window is in the place
     * @return [S, heads d]
     */
    public static NDArray turnAndAttend(
            NDArray query,
            NDArray key,
            NDArray value,
            @Nullable NDArray cos,
            @Nullable NDArray sin,
            NDList kept,
            Place place,
            AttentionShape shape) {
        return Script.ATTENTION.array(
                "attend_kept",
                query,
                key,
                value,
                cos,
                sin,
                kept.get(0),
                kept.get(1),
                place.at(),
                place.first(),
                place.mask(),
                shape.scale(),
                shape.softCap());
    }

    /**
     * Copies columns into arrays with more room.
     *
     * @param kept keys and values
     * @param first the first column that is wanted
     * @param held the last + 1
     * @param capacity the columns of the result, at least held - first
     * @return keys and values; they belong to the manager of kept
     */
    public static NDList withRoom(NDList kept, int first, int held, int capacity) {
        return Script.ATTENTION.list("with_room", kept, first, held, capacity);
    }

    /**
     * Returns the keys and values of some of the sequences.
     *
     * @param kept keys and values
     * @param which their indices, int64
     */
    public static NDList take(NDList kept, NDArray which) {
        return Script.ATTENTION.list("take", kept, which);
    }
}
