/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.batch;

import org.lora4j.block.random.CounterRandom;

/**
 * Random orders from a counter: SplitMix64 (Steele, Lea and Flood, 2014) started at a key made of a
 * seed, an epoch and a purpose, so that the same three give the same numbers on every JVM, whatever
 * was drawn before. Not safe for concurrent use.
 */
public final class CounterShuffle {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    private CounterShuffle(long key) {
        this.state = key;
    }

    static CounterShuffle ofKey(long key) {
        return new CounterShuffle(key);
    }

    public static CounterShuffle of(long seed, long epoch, long purpose) {
        long key = CounterRandom.mix(seed + GOLDEN_GAMMA);
        key = CounterRandom.mix(key ^ (epoch * GOLDEN_GAMMA + 1));
        return new CounterShuffle(CounterRandom.mix(key ^ (purpose * GOLDEN_GAMMA + 2)));
    }

    long nextLong() {
        state += GOLDEN_GAMMA;
        return CounterRandom.mix(state);
    }

    /** A number in [0, bound), each equally likely (Lemire, 2019); bound is at least 1. */
    int nextInt(int bound) {
        long product = (nextLong() >>> 32) * bound;
        if (Integer.compareUnsigned((int) product, bound) < 0) {
            int threshold = Integer.remainderUnsigned(-bound, bound);
            while (Integer.compareUnsigned((int) product, threshold) < 0) {
                product = (nextLong() >>> 32) * bound;
            }
        }
        return (int) (product >>> 32);
    }

    /** Shuffles in place (Fisher and Yates). */
    void shuffle(Object[] items) {
        for (int i = items.length - 1; i > 0; i--) {
            int j = nextInt(i + 1);
            Object item = items[i];
            items[i] = items[j];
            items[j] = item;
        }
    }

    /** A random order of 0 to size - 1. */
    public int[] permutation(int size) {
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int j = nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
