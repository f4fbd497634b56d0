/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.mpnet;

/**
 * The buckets of relative positions, as T5 and MPNet have them: half of 32 for positions before a
 * token, half for those after it; each distance below 8 has a bucket of its own, and greater ones
 * up to 128 share the rest by their logarithm.
 */
public final class RelativeBuckets {
    /** What transformers computes with, whatever the table's size. */
    static final int COUNT = 32;

    private static final int SIDE = COUNT / 2;
    private static final int EXACT = SIDE / 2;
    private static final int FARTHEST = 128;

    private RelativeBuckets() {}

    /**
     * Returns the bucket of each pair of positions.
     *
     * @param length t
     * @return of the position i and each position j it looks at, [t, t] row by row
     */
    static long[] of(int length) {
        long[] buckets = new long[Math.multiplyExact(length, length)];
        for (int i = 0; i < length; i++) {
            for (int j = 0; j < length; j++) {
                buckets[i * length + j] = bucket((long) j - i);
            }
        }
        return buckets;
    }

    /** In float32, as transformers computes it. */
    public static int bucket(long relative) {
        long distance = Math.abs(relative);
        int side = relative > 0 ? SIDE : 0;
        if (distance < EXACT) {
            return side + (int) distance;
        }
        float log = (float) Math.log((float) distance / EXACT);
        float share = log / (float) Math.log((double) FARTHEST / EXACT);
        return side + Math.min(SIDE - 1, EXACT + (int) (share * (SIDE - EXACT)));
    }
}
