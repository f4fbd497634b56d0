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
    public static final BatchRows UNKNOWN =
            new BatchRows(new long[0], new int[0], new long[0], 0, new long[0]);

    private final long[] samples;
    private final int[] lengths;
    private final long[] positions;
    private final long total;
    private final long[] stepKeys;

    private BatchRows(
            long[] samples, int[] lengths, long[] positions, long total, long[] stepKeys) {
        this.stepKeys = stepKeys;
        this.samples = samples;
        this.lengths = lengths;
        this.positions = positions;
        this.total = total;
    }

    public static BatchRows padded(long[] samples) {
        return new BatchRows(samples.clone(), new int[0], new long[0], 0, new long[0]);
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
        return new BatchRows(samples.clone(), lengths.clone(), new long[0], total, new long[0]);
    }

    public static BatchRows tokens(long[] samples, long[] positions) {
        if (samples.length != positions.length) {
            throw new IllegalArgumentException(
                    "%s rows have %s positions; expected one for each"
                            .formatted(samples.length, positions.length));
        }
        return new BatchRows(
                samples.clone(), new int[0], positions.clone(), samples.length, new long[0]);
    }

    /**
     * Returns these rows with a training step of its own for each sample.
     *
     * @param keys the key of each sample's step
     */
    public BatchRows withSteps(long[] keys) {
        if (keys.length != samples.length) {
            throw new IllegalArgumentException(
                    "%s steps for %s samples; expected one for each"
                            .formatted(keys.length, samples.length));
        }
        return new BatchRows(samples, lengths, positions, total, keys.clone());
    }

    /**
     * Returns some rows that follow one another: those of some samples, or parts of them.
     *
     * @param from their first row
     * @param to their last row + 1
     * @param rows how many rows there are: one for each token, or for each sample
     * @throws IllegalArgumentException if rows and samples are not known to belong together
     */
    public BatchRows part(long from, long to, long rows) {
        boolean tokens = lengths.length > 0 && rows == total;
        if (!tokens && rows != samples.length) {
            throw new IllegalArgumentException(
                    "%s rows of %s samples; expected one for each token or sample"
                            .formatted(rows, samples.length));
        }
        int first = tokens ? sampleAt(from) : (int) from;
        int last = tokens ? sampleAt(to) : (int) to;
        if (first < 0 || last < 0) {
            return singly(from, to);
        }
        long[] own = Arrays.copyOfRange(samples, first, last);
        long[] keys = stepKeys.length == 0 ? stepKeys : Arrays.copyOfRange(stepKeys, first, last);
        if (lengths.length == 0) {
            long[] places =
                    positions.length == 0 ? positions : Arrays.copyOfRange(positions, first, last);
            return new BatchRows(own, lengths, places, last - first, keys);
        }
        int[] sizes = Arrays.copyOfRange(lengths, first, last);
        return new BatchRows(
                own, sizes, positions, Arrays.stream(sizes).asLongStream().sum(), keys);
    }

    /** Some rows of packed samples, each by itself: they get the keys that they have there. */
    private BatchRows singly(long from, long to) {
        int count = Math.toIntExact(to - from);
        long[] own = new long[count];
        long[] places = new long[count];
        long[] keys = new long[stepKeys.length == 0 ? 0 : count];
        long row = 0;
        for (int i = 0; i < samples.length; i++) {
            for (int position = 0; position < lengths[i]; position++, row++) {
                if (row >= from && row < to) {
                    int at = (int) (row - from);
                    own[at] = samples[i];
                    places[at] = position;
                    if (keys.length > 0) {
                        keys[at] = stepKeys[i];
                    }
                }
            }
        }
        return new BatchRows(own, new int[0], places, count, keys);
    }

    /** The number of samples before a row; -1 inside of a sample. */
    private int sampleAt(long row) {
        long end = 0;
        int sample = 0;
        while (end < row) {
            end += lengths[sample++];
        }
        return end == row ? sample : -1;
    }

    /** The key of a layer in the step of an entry. */
    private long base(long common, long pathKey, int entry) {
        return stepKeys.length == 0 ? common : CounterRandom.derive(stepKeys[entry], pathKey);
    }

    /**
     * Writes a key for each row.
     *
     * @param base the key of the layer and step, where samples have no steps of their own
     * @param pathKey the key of the layer
     * @param batch the activation's first dimension
     * @param keys as many as the activation has rows
     */
    public void keys(long base, long pathKey, int batch, long[] keys) {
        if (lengths.length > 0 && keys.length == total) {
            int row = 0;
            for (int i = 0; i < samples.length; i++) {
                row =
                        fill(
                                keys,
                                row,
                                lengths[i],
                                CounterRandom.derive(base(base, pathKey, i), samples[i]));
            }
            return;
        }
        if (positions.length > 0 && keys.length == total) {
            for (int i = 0; i < keys.length; i++) {
                long sample = CounterRandom.derive(base(base, pathKey, i), samples[i]);
                keys[i] = CounterRandom.derive(sample, positions[i]);
            }
            return;
        }
        boolean known = samples.length > 0 && keys.length % samples.length == 0;
        int entries = known ? samples.length : Math.max(1, batch);
        int each = keys.length / entries;
        for (int entry = 0, row = 0; entry < entries; entry++) {
            long sample = known ? samples[entry] : entry;
            long own = known ? base(base, pathKey, entry) : base;
            row = fill(keys, row, each, CounterRandom.derive(own, sample));
        }
    }

    /**
     * Returns the key of one head of one entry of a batch.
     *
     * @param base the key of the layer and step, where samples have no steps of their own
     * @param pathKey the key of the layer
     */
    public long sampleKey(long base, long pathKey, int head, int entry, int batch) {
        boolean known = samples.length == batch;
        long own = CounterRandom.derive(known ? base(base, pathKey, entry) : base, head);
        return CounterRandom.derive(own, known ? samples[entry] : entry);
    }

    private static int fill(long[] keys, int from, int count, long sampleKey) {
        for (int position = 0; position < count; position++) {
            keys[from + position] = CounterRandom.derive(sampleKey, position);
        }
        return from + count;
    }
}
