/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate.score;

import java.util.Arrays;
import java.util.function.DoublePredicate;
import org.lora4j.block.random.CounterRandom;

/**
 * Tokens by their scores, the best first, sorted only as far as a cut needs it: a vocabulary has
 * 150,000 tokens and a cut keeps a few. Of equal scores the smaller id is the better one, so that
 * the best token is the one that argmax takes (torch's sort leaves their order open). Holds its
 * arrays for the next use; for one thread.
 */
final class Ranking {
    private static final int SORTED_WHOLE = 24;

    private long[] keys = {};
    private int size;

    /** Takes no token. */
    void clear(int capacity) {
        if (keys.length < capacity) {
            keys = new long[capacity];
        }
        size = 0;
    }

    /** Takes one more token. */
    void add(int id, float score) {
        int bits = Float.floatToIntBits(score + 0f); // + 0 makes one zero of two
        long order = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
        keys[size++] = (order << 32) | (Integer.MAX_VALUE - id);
    }

    int size() {
        return size;
    }

    /** The token at a rank; after a cut, the ranks before it and those after it are two sets. */
    int id(int rank) {
        return Integer.MAX_VALUE - (int) keys[rank];
    }

    /**
     * Cuts the ranking before the first token whose betters are enough.
     *
     * @param weights of each token by its id
     * @param enough whether a sum of weights is; true for each sum above one that is
     * @return how many tokens stay: they have the ranks below it, in any order
     */
    int cut(float[] weights, DoublePredicate enough) {
        int from = 0;
        int to = size;
        double above = 0;
        while (to - from > SORTED_WHOLE) {
            int pivot = partition(from, to);
            double better = above;
            for (int i = from; i < pivot; i++) {
                better += weights[id(i)];
            }
            if (enough.test(better)) {
                to = pivot;
            } else {
                above = better + weights[id(pivot)];
                from = pivot + 1;
            }
        }
        Arrays.sort(keys, from, to);
        reverse(from, to);
        for (int i = from; i < to; i++) {
            if (enough.test(above)) {
                return i;
            }
            above += weights[id(i)];
        }
        return to;
    }

    /** Puts the keys above one of them before it, the others after it; returns where it is. */
    private int partition(int from, int to) {
        long random = CounterRandom.mix(((long) from << 32) | to);
        swap(from + (int) Long.remainderUnsigned(random, to - from), to - 1);
        long pivot = keys[to - 1];
        int place = from;
        for (int i = from; i < to - 1; i++) {
            if (keys[i] > pivot) {
                swap(i, place++);
            }
        }
        swap(place, to - 1);
        return place;
    }

    private void reverse(int from, int to) {
        for (int i = from, j = to - 1; i < j; i++, j--) {
            swap(i, j);
        }
    }

    private void swap(int i, int j) {
        long key = keys[i];
        keys[i] = keys[j];
        keys[j] = key;
    }
}
