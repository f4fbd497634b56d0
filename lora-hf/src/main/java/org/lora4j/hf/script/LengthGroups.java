/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.script;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.text.PaddedBatch;

/**
 * The rows of a batch in the groups of like lengths of a {@link TokenLayout}. A script computes a
 * rectangle whatever is in it, and two thirds of a random batch may be padding: a run for each
 * group takes less time and memory than one of all.
 *
 * @param groups the numbers of the rows in each group
 */
record LengthGroups(List<int[]> groups) {
    /**
     * Divides a batch.
     *
     * @param texts the batch
     * @param divides whether there is more than one group: not where a script has no mask, since
     *     its outputs then depend on the padding
     */
    static LengthGroups of(PaddedBatch texts, boolean divides) {
        if (!divides) {
            return new LengthGroups(List.of(IntStream.range(0, texts.rows()).toArray()));
        }
        TokenLayout layout = new TokenLayout(texts.attentionMask(), texts.rows());
        int[] order = layout.order();
        List<int[]> groups = new ArrayList<>();
        int from = 0;
        for (int size : layout.groups()) {
            groups.add(Arrays.copyOfRange(order, from, from + size));
            from += size;
        }
        return new LengthGroups(groups);
    }

    /** Returns the rows in the order of the groups. */
    int[] order() {
        return groups.stream().flatMapToInt(Arrays::stream).toArray();
    }

    /** Returns where each row is in that order. */
    long[] places() {
        int[] order = order();
        long[] places = new long[order.length];
        for (int i = 0; i < order.length; i++) {
            places[order[i]] = i;
        }
        return places;
    }
}
