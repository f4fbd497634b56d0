/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.script;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.lora4j.text.PaddedBatch;

/**
 * The rows of a batch in groups of like lengths, the longest first. A script computes a rectangle
 * whatever is in it, and two thirds of a random batch may be padding: a run for each group takes
 * less time and memory than one of all.
 *
 * @param groups the numbers of the rows in each group
 */
record LengthGroups(List<int[]> groups) {
    /** A row shorter than this part of a group's longest begins a group of its own. */
    private static final double SHORTEST = 0.7;

    /**
     * Divides a batch.
     *
     * @param texts the batch
     * @param divides whether there is more than one group: not where a script has no mask, since
     *     its outputs then depend on the padding
     */
    static LengthGroups of(PaddedBatch texts, boolean divides) {
        Integer[] rows = new Integer[texts.rows()];
        Arrays.setAll(rows, row -> row);
        if (!divides) {
            return new LengthGroups(List.of(numbers(Arrays.asList(rows))));
        }
        Arrays.sort(rows, Comparator.comparing(row -> -texts.lengths()[row]));
        List<int[]> groups = new ArrayList<>();
        List<Integer> open = new ArrayList<>();
        for (Integer row : rows) {
            if (!open.isEmpty() && texts.lengths()[row] < SHORTEST * texts.lengths()[open.get(0)]) {
                groups.add(numbers(open));
                open.clear();
            }
            open.add(row);
        }
        groups.add(numbers(open));
        return new LengthGroups(groups);
    }

    private static int[] numbers(List<Integer> rows) {
        return rows.stream().mapToInt(Integer::intValue).toArray();
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
