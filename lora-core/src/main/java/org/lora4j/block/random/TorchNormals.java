/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.random;

/**
 * The numbers of torch.randn on the CPU: a Mersenne Twister, and the Box-Muller transform of 16
 * numbers at a time. Follows aten/src/ATen/native/cpu/DistributionTemplates.h and
 * aten/src/ATen/core/MT19937RNGEngine.h of PyTorch. For one thread.
 */
public final class TorchNormals {
    private static final int SIZE = 624;
    private static final int MIDDLE = 397;
    private static final int BLOCK = 16;

    private final int[] state = new int[SIZE];
    private int next = SIZE;

    private TorchNormals(long seed) {
        state[0] = (int) seed;
        for (int i = 1; i < SIZE; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /**
     * Returns torch.randn(count, generator=torch.Generator().manual_seed(seed)), to float32's
     * rounding.
     *
     * @param count how many, at least 1
     * @param seed of which the lower 32 bits count
     */
    public static float[] of(int count, long seed) {
        TorchNormals generator = new TorchNormals(seed);
        return count < BLOCK ? generator.singly(count) : generator.inBlocks(count);
    }

    private float[] inBlocks(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = uniform();
        }
        for (int i = 0; i + BLOCK <= count; i += BLOCK) {
            transform(values, i);
        }
        if (count % BLOCK != 0) {
            // the last 16 once more
            for (int i = count - BLOCK; i < count; i++) {
                values[i] = uniform();
            }
            transform(values, count - BLOCK);
        }
        return values;
    }

    private static void transform(float[] values, int from) {
        int half = BLOCK / 2;
        for (int i = from; i < from + half; i++) {
            double radius = Math.sqrt(-2 * Math.log(1 - values[i]));
            double angle = 2 * Math.PI * values[i + half];
            values[i] = (float) (radius * Math.cos(angle));
            values[i + half] = (float) (radius * Math.sin(angle));
        }
    }

    private float[] singly(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i += 2) {
            double angle = 2 * Math.PI * wideUniform();
            double radius = Math.sqrt(-2 * Math.log1p(-wideUniform()));
            values[i] = (float) (radius * Math.cos(angle));
            if (i + 1 < count) {
                values[i + 1] = (float) (radius * Math.sin(angle));
            }
        }
        return values;
    }

    private float uniform() {
        return (bits() & 0xFFFFFF) * 0x1p-24f;
    }

    private double wideUniform() {
        long high = bits() & 0xFFFFFFFFL;
        long low = bits() & 0xFFFFFFFFL;
        return ((high << 32 | low) & ((1L << 53) - 1)) * 0x1p-53;
    }

    private int bits() {
        if (next == SIZE) {
            twist();
            next = 0;
        }
        int y = state[next++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    private void twist() {
        for (int i = 0; i < SIZE; i++) {
            int y = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff);
            int mixed = state[(i + MIDDLE) % SIZE] ^ (y >>> 1);
            state[i] = (y & 1) == 0 ? mixed : mixed ^ 0x9908b0df;
        }
    }
}
