/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

/**
 * How texts are cut, batched and ordered.
 *
 * @param batchSize texts in a batch, at least 1
 * @param maxLength tokens of a text, special ones included; longer ones are cut, as are those
 *     longer than the model's positions
 * @param bucketing whether texts of like lengths share a batch
 * @param shuffle whether the order changes from epoch to epoch; without, it is the file's
 * @param seed what the order is drawn from
 */
public record BatchOptions(
        int batchSize, int maxLength, boolean bucketing, boolean shuffle, long seed) {
    /** Checks the numbers. */
    public BatchOptions {
        if (batchSize < 1) {
            throw new IllegalArgumentException(
                    "batch size is " + batchSize + "; expected at least 1");
        }
        if (maxLength < 1) {
            throw new IllegalArgumentException(
                    "maximum length is " + maxLength + "; expected at least 1");
        }
    }

    /** Returns batches of 32 of like lengths, 128 tokens, seed 0. */
    public static BatchOptions defaults() {
        return new BatchOptions(32, 128, true, true, 0);
    }

    /**
     * Returns these options with another batch size.
     *
     * @param value texts in a batch
     */
    public BatchOptions withBatchSize(int value) {
        return new BatchOptions(value, maxLength, bucketing, shuffle, seed);
    }

    /**
     * Returns these options with another maximum length.
     *
     * @param value tokens of a text
     */
    public BatchOptions withMaxLength(int value) {
        return new BatchOptions(batchSize, value, bucketing, shuffle, seed);
    }

    /**
     * Returns these options with or without bucketing.
     *
     * @param value whether texts of like lengths share a batch
     */
    public BatchOptions withBucketing(boolean value) {
        return new BatchOptions(batchSize, maxLength, value, shuffle, seed);
    }

    /**
     * Returns these options with or without shuffling.
     *
     * @param value whether the order changes from epoch to epoch
     */
    public BatchOptions withShuffle(boolean value) {
        return new BatchOptions(batchSize, maxLength, bucketing, value, seed);
    }

    /**
     * Returns these options with another seed.
     *
     * @param value what the order is drawn from
     */
    public BatchOptions withSeed(long value) {
        return new BatchOptions(batchSize, maxLength, bucketing, shuffle, value);
    }
}
