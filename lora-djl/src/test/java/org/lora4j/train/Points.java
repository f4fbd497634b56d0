/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Points and their classes in memory, cut into batches of given sizes that repeat in each epoch.
 *
 * @param width the number of coordinates
 * @param x coordinates
 * @param y classes
 * @param sizes the sizes of the batches in turn; the last of an epoch may be cut short
 */
@SuppressWarnings("ArrayRecordComponent")
record Points(int width, float[] x, long[] y, int... sizes) implements BatchSource<PointBatch> {
    @Override
    public Class<PointBatch> batchType() {
        return PointBatch.class;
    }

    /** Random points of three classes, by which side of two random planes they lie on. */
    static Points random(int count, int width, long seed, int... sizes) {
        Random random = new Random(seed);
        float[] x = new float[count * width];
        long[] y = new long[count];
        for (int i = 0; i < count; i++) {
            float sum = 0;
            for (int j = 0; j < width; j++) {
                x[i * width + j] = (float) random.nextGaussian();
                sum += x[i * width + j] * (j - 1);
            }
            y[i] = sum < -1 ? 0 : sum < 1 ? 1 : 2;
        }
        return new Points(width, x, y, sizes);
    }

    Points withSizes(int... others) {
        return new Points(width, x, y, others);
    }

    @Override
    public Iterable<PointBatch> epoch(int epoch) {
        List<PointBatch> batches = new ArrayList<>();
        for (int at = 0, k = 0; at < y.length; k++) {
            int from = at;
            at = Math.min(y.length, from + sizes[k % sizes.length]);
            float[] rows = new float[(at - from) * width];
            System.arraycopy(x, from * width, rows, 0, rows.length);
            long[] labels = new long[at - from];
            System.arraycopy(y, from, labels, 0, labels.length);
            batches.add(new PointBatch(IntStream.range(from, at).toArray(), width, rows, labels));
        }
        return batches;
    }

    @Override
    public int batchesPerEpoch(int epoch) {
        int batches = 0;
        for (PointBatch ignored : epoch(epoch)) {
            batches++;
        }
        return batches;
    }
}
