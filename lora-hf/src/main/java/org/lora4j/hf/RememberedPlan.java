/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Plans of epochs, each made once as long as they hold no more than {@value #MOST} positions
 * together; beyond that only the latest is remembered, and the number of batches of each. Safe for
 * concurrent use.
 */
final class RememberedPlan implements BatchPlan {
    /** 16 MiB of integers. */
    private static final long MOST = 1 << 22;

    private final IntFunction<int[][]> planner;
    private final Map<Integer, int[][]> plans = new LinkedHashMap<>();
    private final Map<Integer, Integer> counts = new LinkedHashMap<>();
    private long held;

    RememberedPlan(IntFunction<int[][]> planner) {
        this.planner = planner;
    }

    @Override
    public synchronized int[][] epoch(int epoch) {
        int[][] known = plans.get(epoch);
        if (known != null) {
            return known;
        }
        int[][] plan = planner.apply(epoch);
        long size = Arrays.stream(plan).mapToLong(batch -> batch.length).sum();
        if (held + size > MOST) {
            plans.clear();
            held = 0;
        }
        plans.put(epoch, plan);
        counts.put(epoch, plan.length);
        held += size;
        return plan;
    }

    @Override
    public synchronized int batches(int epoch) {
        Integer known = counts.get(epoch);
        return known != null ? known : epoch(epoch).length;
    }
}
