/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.random;

/**
 * Draws dropout masks: for each row and channel a byte that is 0 with probability p, else 1.
 *
 * <p>The bits of an element are a hash of its row's key and its channel number and of nothing else,
 * so a mask does not depend on how rows are batched, padded or packed. The hash is the 32-bit
 * finaliser "lowbias32" (Wellons, 2018). The loop is free of branches and makes four channels at a
 * time, all in ints, so that the compiler makes it vector code; it costs less than a serial
 * Bernoulli generator.
 */
final class DropoutMask {
    private static final int CHANNEL = 0x9E3779B9;
    private static final int FOUR_CHANNELS = 0x78DDE6E4; // modulo 2^32

    private DropoutMask() {}

    /** Returns the number that {@link #fill} compares hashes with, for the probability p of 0. */
    static int threshold(double p) {
        return (int) Math.min(Integer.MAX_VALUE, Math.round(p * 0x1.0p31));
    }

    /**
     * Writes a piece of a row's mask: channel first + 4 i + j is byte j of word i, the lowest
     * first.
     *
     * @param words what is written
     * @param count how many words
     * @param key the row's key
     * @param first the piece's first channel
     * @param threshold as {@link #threshold} gives it
     */
    static void fill(int[] words, int count, long key, int first, int threshold) {
        int start = (int) key + first * CHANNEL;
        int middle = (int) (key >>> 32); // so that two rows are never one sequence, shifted
        for (int i = 0; i < count; i++) {
            int at = start + i * FOUR_CHANNELS;
            int second = at + CHANNEL;
            int third = second + CHANNEL;
            words[i] =
                    kept(at, middle, threshold)
                            | kept(second, middle, threshold) << 8
                            | kept(third, middle, threshold) << 16
                            | kept(third + CHANNEL, middle, threshold) << 24;
        }
    }

    /** 0 where the hash is below the threshold, else 1. */
    private static int kept(int h, int middle, int threshold) {
        h = ((h ^ (h >>> 16)) * 0x7FEB352D) ^ middle;
        h = (h ^ (h >>> 15)) * 0x846CA68B;
        h = h ^ (h >>> 16);
        return 1 + (((h >>> 1) - threshold) >> 31);
    }
}
