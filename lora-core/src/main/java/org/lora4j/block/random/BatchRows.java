/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.random;

import java.util.Arrays;

/**
 * The sample and the position in it that each row of an activation belongs to.
 *
 * <p>Where that is unknown for the number of rows of an activation, rows are numbered by their
 * places in the batch: a run still repeats, but its masks then depend on how samples are batched.
 */
public final class BatchRows {
    public static final BatchRows UNKNOWN = new BatchRows(new long[0], new int[0], new long[0], 0);

    private final long[] samples;
    private final int[] lengths;
    private final long[] positions;
    private final long total;

    private BatchRows(long[] samples, int[] lengths, long[] positions, long total) {
        this.samples = samples;
        this.lengths = lengths;
        this.positions = positions;
        this.total = total;
    }

    public static BatchRows padded(long[] samples) {
        return new BatchRows(samples.clone(), new int[0], new long[0], 0);
    }

    public static BatchRows packed(long[] samples, int[] lengths) {
        if (samples.length != lengths.length) {
            throw new IllegalArgumentException(
                    "a packed batch of %s samples has %s lengths; expected one for each"
                            .formatted(samples.length, lengths.length));
        }
        long total = 0;
        for (int length : lengths) {
            if (length < 0) {
                throw new IllegalArgumentException(
                        "a packed batch has lengths %s; expected none below 0"
                                .formatted(Arrays.toString(lengths)));
            }
            total += length;
        }
        return new BatchRows(samples.clone(), lengths.clone(), new long[0], total);
    }

    public static BatchRows tokens(long[] samples, long[] positions) {
        if (samples.length != positions.length) {
            throw new IllegalArgumentException(
                    "%s rows have %s positions; expected one for each"
                            .formatted(samples.length, positions.length));
        }
        return new BatchRows(samples.clone(), new int[0], positions.clone(), samples.length);
    }

    /**
     * Writes a key for each row.
     *
     * @param base the key of the layer and step
     * @param batch the activation's first dimension
     * @param keys as many as the activation has rows
     */
    public void keys(long base, int batch, long[] keys) {
        if (lengths.length > 0 && keys.length == total) {
            int row = 0;
            for (int i = 0; i < samples.length; i++) {
                row = fill(keys, row, lengths[i], CounterRandom.derive(base, samples[i]));
            }
            return;
        }
        if (positions.length > 0 && keys.length == total) {
            for (int i = 0; i < keys.length; i++) {
                keys[i] =
                        CounterRandom.derive(CounterRandom.derive(base, samples[i]), positions[i]);
            }
            return;
        }
        boolean known = samples.length > 0 && keys.length % samples.length == 0;
        int entries = known ? samples.length : Math.max(1, batch);
        int each = keys.length / entries;
        for (int entry = 0, row = 0; entry < entries; entry++) {
            long sample = known ? samples[entry] : entry;
            row = fill(keys, row, each, CounterRandom.derive(base, sample));
        }
    }

    /** Returns the key of one entry of a batch. */
    public long sampleKey(long base, int entry, int batch) {
        return CounterRandom.derive(base, samples.length == batch ? samples[entry] : entry);
    }

    private static int fill(long[] keys, int from, int count, long sampleKey) {
        for (int position = 0; position < count; position++) {
            keys[from + position] = CounterRandom.derive(sampleKey, position);
        }
        return from + count;
    }
}
