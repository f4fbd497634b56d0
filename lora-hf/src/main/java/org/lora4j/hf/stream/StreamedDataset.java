/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.stream;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import org.lora4j.block.random.CounterRandom;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.base.DataIdentity;
import org.lora4j.text.TextModel;
import org.lora4j.text.sample.SampleFile;
import org.lora4j.text.table.TextFile;
import org.lora4j.train.BatchSource;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.checkpoint.TrainingIdentity;

/**
 * A data set of texts that stay in their file. A window of about 4 MiB of text is in memory, and
 * the next one, which another thread reads and tokenizes while batches of the first are used.
 *
 * <p>An epoch takes the file's blocks of about 256 KiB in an order drawn from the seed, a window of
 * 16 of them at a time, and plans the window's batches as {@link CausalDataset} and {@link
 * TextDataset} plan those of a whole file, so that texts mix within a window and windows mix the
 * file. The last batch of a window may be short. A file of one window gives the batches of the data
 * set in memory. Safe to share between threads.
 *
 * @param <B> the kind of batch
 */
public final class StreamedDataset<B extends TrainingBatch> implements BatchSource<B> {
    private final StreamedTexts<B> texts;
    private final long seed;

    private StreamedDataset(StreamedTexts<B> texts, long seed) {
        this.texts = texts;
        this.seed = seed;
    }

    /**
     * What was found in the blocks that were used so far.
     *
     * @param samples texts
     * @param truncated those that were cut
     * @param leftOut those without a token to be learnt
     * @param skipped lines that cannot be read or tokenized
     * @param reason what is wrong with one of these, empty where there is none
     */
    public record Tally(long samples, long truncated, long leftOut, long skipped, String reason) {}

    /**
     * Streams texts for the training of a language model. The number of batches is known only when
     * the whole file was tokenized once: a training by steps never asks for it, one by epochs does,
     * and then 4 bytes for each text are kept.
     *
     * @param model whose tokenizer is used; it must stay open
     * @param file the texts
     * @param options how they are batched
     */
    public static StreamedDataset<CausalBatch> forTraining(
            LoraModel model, SampleFile file, CausalOptions options) {
        return new StreamedDataset<>(
                new StreamedSamples(model, file, options), options.batches().seed());
    }

    /**
     * Streams texts for the evaluation of a language model, in the file's order.
     *
     * @param model whose tokenizer is used; it must stay open
     * @param file the texts
     * @param options how large the batches are
     */
    public static StreamedDataset<CausalBatch> forEvaluation(
            LoraModel model, SampleFile file, CausalOptions options) {
        BatchOptions inOrder = options.batches().withShuffle(false).withBucketing(false);
        return forTraining(model, file, options.withBatches(inOrder));
    }

    /**
     * Streams labelled texts for training.
     *
     * @param model whose tokenizer and labels are used; it must stay open
     * @param file the texts
     * @param options how they are batched
     * @throws IllegalArgumentException if a label is not one of the model's
     */
    public static StreamedDataset<TextBatch> forTraining(
            TextModel model, TextFile file, BatchOptions options) {
        return of(model, file, options, StreamedRows.Use.TRAINING);
    }

    /**
     * Streams labelled texts for evaluation: windows in the file's order, in each of them batches
     * of like lengths.
     *
     * @param model whose tokenizer and labels are used; it must stay open
     * @param file the texts
     * @param options how large the batches are
     * @throws IllegalArgumentException if a label is not one of the model's
     */
    public static StreamedDataset<TextBatch> forEvaluation(
            TextModel model, TextFile file, BatchOptions options) {
        return of(model, file, options, StreamedRows.Use.EVALUATION);
    }

    /**
     * Streams texts whose labels are not read, for prediction alone.
     *
     * @param model whose tokenizer is used; it must stay open
     * @param file the texts
     * @param options how large the batches are
     */
    public static StreamedDataset<TextBatch> forPrediction(
            TextModel model, TextFile file, BatchOptions options) {
        return of(model, file, options, StreamedRows.Use.PREDICTION);
    }

    private static StreamedDataset<TextBatch> of(
            TextModel model, TextFile file, BatchOptions options, StreamedRows.Use use) {
        return new StreamedDataset<>(new StreamedRows(model, file, options, use), options.seed());
    }

    @Override
    public Class<B> batchType() {
        return texts.batchType();
    }

    @Override
    public Iterable<B> epoch(int epoch) {
        return () -> from(new StreamPosition(epoch, 0, 0));
    }

    /**
     * Returns the batches of an epoch from a position on; the windows before it are not read.
     *
     * @param position where to begin, such as a result of {@link StreamedBatches#position}
     */
    public StreamedBatches<B> from(StreamPosition position) {
        return new StreamedBatches<>(this, position);
    }

    /** Returns the file and the options. */
    @Override
    public TrainingIdentity identity() {
        return DataIdentity.ofFile(path()).with("options", texts.options());
    }

    /** Returns the window and the batch of it. */
    @Override
    public String place(Iterator<B> batches) {
        if (batches instanceof StreamedBatches<B> streamed) {
            StreamPosition position = streamed.position();
            return position.window() + " " + position.batch();
        }
        return "";
    }

    @Override
    public Iterator<B> from(int epoch, String place) {
        String[] numbers = place.split(" ", 2);
        return from(
                new StreamPosition(
                        epoch, Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1])));
    }

    /** {@inheritDoc} It does not for a language model, whose texts must be tokenized for it. */
    @Override
    public boolean isCounted() {
        return texts.isCounted();
    }

    /**
     * {@inheritDoc}
     *
     * @throws UncheckedIOException if the file cannot be read, or a line is broken and not to be
     *     skipped
     */
    @Override
    public int batchesPerEpoch(int epoch) {
        int[][] windows = texts.windows(epoch);
        int batches = 0;
        for (int i = 0; i < windows.length; i++) {
            batches = Math.addExact(batches, texts.batches(windows[i], epoch, seed(i)));
        }
        if (batches == 0) {
            throw texts.nothing(false);
        }
        return batches;
    }

    /** Returns the seed of a window's order; the first has that of a data set in memory. */
    private long seed(int window) {
        return window == 0 ? seed : CounterRandom.derive(seed, window);
    }

    StreamedTexts<B> texts() {
        return texts;
    }

    /** Returns the batches of a window, by the positions of its texts. */
    int[][] plan(int[] lengths, int epoch, int window) {
        return lengths.length == 0 ? new int[0][] : texts.plan(lengths, epoch, seed(window));
    }

    /** Returns where the file is. */
    public Path path() {
        return texts.path();
    }

    /** Returns the tokens that a text may have: the options' length, or the model's positions. */
    public int longest() {
        return texts.longest();
    }

    /** Returns what was found in the blocks that were used so far. */
    public Tally tally() {
        return texts.tally().result();
    }
}
