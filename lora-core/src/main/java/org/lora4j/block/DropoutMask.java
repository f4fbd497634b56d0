/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Draws dropout masks: for each row and channel 0 with probability p, else 1/(1-p).
 *
 * <p>The bits of an element are a hash of its row's key and its channel number and of nothing else,
 * so a mask does not depend on how rows are batched, padded or packed. The hash is the 32-bit
 * finaliser "lowbias32" (Wellons, 2018); the loop is free of branches so that the compiler makes it
 * vector code, and costs less than a serial Bernoulli generator.
 */
final class DropoutMask {
    private static final int CHANNEL = 0x9E3779B9;

    private DropoutMask() {}

    /**
     * Writes float32 masks.
     *
     * @param out native order, from its position, 4 * rows * channels bytes
     * @param rowKeys a key of 64 bits for each row
     * @param channels elements in a row
     * @param p the probability of 0, in [0, 1)
     */
    static void fill(ByteBuffer out, long[] rowKeys, int channels, double p) {
        int threshold = (int) Math.min(Integer.MAX_VALUE, Math.round(p * 0x1.0p31));
        int scale = Float.floatToRawIntBits((float) (1 / (1 - p)));
        int[] row = new int[channels];
        var ints = out.order(ByteOrder.nativeOrder()).asIntBuffer();
        for (long key : rowKeys) {
            fillRow(row, key, threshold, scale);
            ints.put(row);
        }
    }

    private static void fillRow(int[] row, long key, int threshold, int scale) {
        int start = (int) key;
        int middle = (int) (key >>> 32); // so that two rows are never one sequence, shifted
        for (int c = 0; c < row.length; c++) {
            int h = start + c * CHANNEL;
            h = ((h ^ (h >>> 16)) * 0x7FEB352D) ^ middle;
            h = (h ^ (h >>> 15)) * 0x846CA68B;
            h = h ^ (h >>> 16);
            // all ones where the hash is below the threshold: the element is dropped
            int dropped = ((h >>> 1) - threshold) >> 31;
            row[c] = scale & ~dropped;
        }
    }
}
