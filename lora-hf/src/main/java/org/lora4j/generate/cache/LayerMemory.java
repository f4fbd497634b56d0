/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate.cache;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import org.lora4j.torch.AttentionShape;
import org.lora4j.torch.CachedAttention;

/**
 * The keys and values of one layer, [S, groups, C, d] each, in the dtype in which the layer made
 * them. Columns that a sliding window has left behind are dropped when the arrays grow.
 */
final class LayerMemory {
    /** The least number of columns that are added at once. */
    private static final int LEAST_ROOM = 64;

    private final NDManager manager;
    private NDList kept;
    private int capacity;
    private int held;

    /** The columns of the whole text that were dropped before the first one here. */
    private int dropped;

    private LayerMemory(NDManager manager, NDList kept, int capacity, int held) {
        this.manager = manager;
        this.kept = owned(kept);
        this.capacity = capacity;
        this.held = held;
    }

    /** Remembers prompts, of which the longest has a number of tokens. */
    static LayerMemory of(
            NDManager manager,
            NDArray key,
            NDArray value,
            NDArray lengths,
            int longest,
            AttentionShape shape) {
        int capacity = roomFor(longest);
        NDList kept = CachedAttention.keep(key, value, lengths, shape.groups(), capacity);
        return new LayerMemory(manager, kept, capacity, longest);
    }

    private static int roomFor(int columns) {
        return Math.addExact(columns, Math.max(columns / 2, LEAST_ROOM));
    }

    /** Makes room for a column and returns where it is and what a query there sees. */
    Span next(int window) {
        if (held == capacity) {
            grow(window);
        }
        held++;
        int first = window > 0 ? Math.max(0, held - window) : 0;
        return new Span(held - 1, first, dropped);
    }

    private void grow(int window) {
        int first = window > 0 ? Math.max(0, held - window + 1) : 0;
        int room = roomFor(held - first);
        replace(CachedAttention.withRoom(kept, first, held, room));
        dropped += first;
        held -= first;
        capacity = room;
    }

    /** Forgets all sequences but some. */
    void take(NDArray which) {
        replace(CachedAttention.take(kept, which));
    }

    NDList kept() {
        return kept;
    }

    /** Returns how much memory the arrays take. */
    long bytes() {
        return kept.stream()
                .mapToLong(array -> array.size() * array.getDataType().getNumOfBytes())
                .sum();
    }

    private void replace(NDList other) {
        NDList before = kept;
        kept = owned(other);
        before.close();
    }

    private NDList owned(NDList list) {
        list.attach(manager);
        return list;
    }

    /**
     * Where a column is.
     *
     * @param at its place in the arrays
     * @param first the first place that its queries see
     * @param dropped the columns of the text that lie before the arrays
     */
    record Span(int at, int first, int dropped) {}
}
