/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.pass;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The adapters of each text of a batch, looked up. Texts with the same adapters form a group.
 * Immutable.
 */
public final class RowAdapters {
    private final List<SelectedAdapters> groups;
    private final int[] groupOf;

    /**
     * Looks up the names of each text's selection; names that the tree does not have take no part.
     *
     * @param rows the weights by name of each text
     * @param named the tree's adapters
     */
    RowAdapters(List<Map<String, Double>> rows, Map<String, AdapterVersion> named) {
        Map<Map<String, Double>, Integer> known = new LinkedHashMap<>();
        List<SelectedAdapters> found = new ArrayList<>();
        groupOf = new int[rows.size()];
        for (int i = 0; i < groupOf.length; i++) {
            Map<String, Double> row = rows.get(i);
            Integer group = known.get(row);
            if (group == null) {
                group = found.size();
                known.put(row, group);
                // without a gate: merged weights are those of one selection
                found.add(SelectedAdapters.of(row, named, null));
            }
            groupOf[i] = group;
        }
        groups = List.copyOf(found);
    }

    private RowAdapters(SelectedAdapters all, int texts) {
        groups = List.of(all);
        groupOf = new int[texts];
    }

    /** Returns the adapters of texts that all have the same. */
    public static RowAdapters same(SelectedAdapters all, int texts) {
        return new RowAdapters(all, texts);
    }

    /** Returns the number of texts. */
    public int size() {
        return groupOf.length;
    }

    /** Returns the groups' adapters. */
    public List<SelectedAdapters> groups() {
        return groups;
    }

    /** Returns the group of a text. */
    int groupOf(int text) {
        return groupOf[text];
    }

    /**
     * Returns an order of texts in which those of a group follow one another.
     *
     * @param batch the row of each text
     * @return places in the batch
     */
    public int[] order(int... batch) {
        return IntStream.range(0, batch.length)
                .boxed()
                .sorted(Comparator.comparingInt(text -> groupOf[batch[text]]))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
