/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.util.Arrays;
import java.util.function.IntFunction;

/** How the batches of each epoch are chosen. */
public interface BatchPlan {
    /** For each batch of an epoch the positions of its examples. */
    int[][] epoch(int epoch);

    /** The number of an epoch's batches. */
    int batches(int epoch);

    /** The same batches in every epoch. */
    static BatchPlan fixed(int[][] batches) {
        return drawn(epoch -> batches, batches.length);
    }

    /** The examples in order, a number of them a batch. */
    static BatchPlan inOrder(int examples, int batchSize) {
        int[][] batches = new int[(examples + batchSize - 1) / batchSize][];
        for (int i = 0; i < batches.length; i++) {
            int from = i * batchSize;
            batches[i] = new int[Math.min(batchSize, examples - from)];
            Arrays.setAll(batches[i], k -> from + k);
        }
        return fixed(batches);
    }

    /** Batches that a planner draws anew for each epoch, the same number of them in each. */
    static BatchPlan drawn(IntFunction<int[][]> epoch, int batches) {
        return new BatchPlan() {
            @Override
            public int[][] epoch(int number) {
                return epoch.apply(number);
            }

            @Override
            public int batches(int number) {
                return batches;
            }
        };
    }

    /**
     * Batches whose number shows only when an epoch is planned; a plan is remembered, since a
     * trainer asks for the number before it asks for the epoch.
     */
    static BatchPlan remembered(IntFunction<int[][]> epoch) {
        return new RememberedPlan(epoch);
    }
}
