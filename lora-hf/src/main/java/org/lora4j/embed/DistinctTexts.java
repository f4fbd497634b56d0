/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.embed;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.lora4j.text.batch.CounterShuffle;

/**
 * Batches in which no text stands twice, as the NO_DUPLICATES sampler of sentence-transformers
 * makes them: each takes, in the order drawn, the next examples whose texts it does not have yet.
 *
 * @param texts the numbers of the texts of each example; equal texts have equal numbers
 * @param batchSize examples in a batch
 * @param seed what the order is drawn from
 * @param shuffle whether it is drawn
 */
record DistinctTexts(List<int[]> texts, int batchSize, long seed, boolean shuffle) {
    private static final int ORDER = 3;

    int[][] epoch(int epoch) {
        int[] order = new int[texts.size()];
        if (shuffle) {
            order = CounterShuffle.of(seed, epoch, ORDER).permutation(order.length);
        } else {
            for (int i = 0; i < order.length; i++) {
                order[i] = i;
            }
        }
        Set<Integer> left = new LinkedHashSet<>();
        for (int example : order) {
            left.add(example);
        }
        List<int[]> batches = new ArrayList<>();
        while (!left.isEmpty()) {
            batches.add(next(left));
        }
        return batches.toArray(new int[0][]);
    }

    private int[] next(Set<Integer> left) {
        List<Integer> batch = new ArrayList<>();
        Set<Integer> there = new HashSet<>();
        for (int example : left) {
            if (isNew(example, there)) {
                batch.add(example);
                for (int text : texts.get(example)) {
                    there.add(text);
                }
                if (batch.size() == batchSize) {
                    break;
                }
            }
        }
        batch.forEach(left::remove);
        return batch.stream().mapToInt(Integer::intValue).toArray();
    }

    private boolean isNew(int example, Set<Integer> there) {
        for (int text : texts.get(example)) {
            if (there.contains(text)) {
                return false;
            }
        }
        return true;
    }
}
