/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.Arrays;

/**
 * Points in a space of {@code width} dimensions with their classes; -100 is a masked class.
 *
 * @param examples where they stand in the data
 * @param width the number of coordinates
 * @param x coordinates
 * @param y classes
 */
@SuppressWarnings("ArrayRecordComponent")
record PointBatch(int[] examples, int width, float[] x, long[] y) implements TrainingBatch {
    @Override
    public int size() {
        return y.length;
    }

    @Override
    public long count() {
        return Arrays.stream(y).filter(label -> label != -100).count();
    }

    @Override
    public long tokens() {
        return 2L * y.length;
    }
}
