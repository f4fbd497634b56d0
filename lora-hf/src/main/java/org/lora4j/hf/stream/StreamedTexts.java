/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.stream;

import java.nio.file.Path;
import java.util.function.Function;
import org.lora4j.train.TrainingBatch;

/**
 * The texts of a file of one kind, for {@link StreamedDataset}: how a window of them is read and
 * batched. Thread-safe.
 *
 * @param <B> the kind of batch
 */
sealed interface StreamedTexts<B extends TrainingBatch> permits StreamedSamples, StreamedRows {
    Class<B> batchType();

    /** Returns where the file is. */
    Path path();

    /** Returns the tokens that a text may have. */
    int longest();

    /** Returns the options that decide the batches, and how long texts may be. */
    String options();

    /** Returns which blocks of the file are read together in an epoch. */
    int[][] windows(int epoch);

    /** Reads and tokenizes some blocks; it may be called while another call runs. */
    Window<B> read(int[] blocks);

    /**
     * Returns the batches of a window, by the positions of its texts.
     *
     * @param lengths the tokens of its texts, one at least
     * @param seed what the window's own order is drawn from
     */
    int[][] plan(int[] lengths, int epoch, long seed);

    /** Returns whether {@link #batches} takes little work. */
    boolean isCounted();

    /** Returns the number of batches that a window of some blocks has. */
    int batches(int[] blocks, int epoch, long seed);

    /** Returns the count of what was found in the blocks that were used so far. */
    StreamTally tally();

    /** Returns why an epoch without a batch, or in which only ends are learnt, is refused. */
    IllegalArgumentException nothing(boolean ends);

    /**
     * The tokenized texts of a window.
     *
     * @param lengths the tokens of each
     * @param writes whether there is something to learn besides where a text ends
     * @param batch makes a batch of some of them
     * @param found what {@link #tally} is to count
     */
    @SuppressWarnings("ArrayRecordComponent") // only its owner reads it
    record Window<B>(
            int[] lengths, boolean writes, Function<int[], B> batch, StreamedDataset.Tally found) {}
}
