/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.lora4j.block.CounterRandom;
import org.lora4j.text.SampleFile;
import org.lora4j.train.BatchSource;

/**
 * Texts for a causal language model that stay in their file: what is in memory is a window of about
 * 4 MiB of text, tokenized when its turn comes.
 *
 * <p>An epoch takes the file's blocks of about 256 KiB in an order drawn from the seed, a window of
 * {@value SampleFile#WINDOW_BLOCKS} of them at a time, and plans the window's batches as {@link
 * CausalDataset} plans those of a whole file, so that texts mix within a window and windows mix the
 * file. The last batch of a window may be short. The number of batches is known only when the whole
 * file was tokenized once: a training by steps never asks for it, one by epochs does, and then 4
 * bytes for each text are kept. Safe to share between threads.
 */
public final class StreamedCausalDataset implements BatchSource<CausalBatch> {
    private final LoraModel model;
    private final SampleFile file;
    private final CausalOptions options;
    private final int longest;
    private final StreamTally tally = new StreamTally();
    private int[][] lengths = new int[0][];

    /**
     * What was found in the blocks that were read so far.
     *
     * @param samples texts
     * @param truncated those that were cut
     * @param leftOut those without a token to be learnt
     * @param skipped lines that cannot be read or tokenized
     * @param reason what is wrong with one of these, empty where there is none
     */
    public record Tally(long samples, long truncated, long leftOut, long skipped, String reason) {}

    private StreamedCausalDataset(LoraModel model, SampleFile file, CausalOptions options) {
        this.model = model;
        this.file = file;
        this.options = options;
        longest = Math.min(options.batches().maxLength(), model.maxPositions());
        if (longest < 2) {
            throw new IllegalArgumentException(
                    "max length "
                            + longest
                            + " leaves no token to be predicted; expected 2 or more");
        }
    }

    /**
     * Streams texts for training.
     *
     * @param model whose tokenizer is used; it must stay open
     * @param file the texts
     * @param options how they are batched
     */
    public static StreamedCausalDataset forTraining(
            LoraModel model, SampleFile file, CausalOptions options) {
        return new StreamedCausalDataset(model, file, options);
    }

    /**
     * Streams texts for evaluation, in the file's order.
     *
     * @param model whose tokenizer is used; it must stay open
     * @param file the texts
     * @param options how large the batches are
     */
    public static StreamedCausalDataset forEvaluation(
            LoraModel model, SampleFile file, CausalOptions options) {
        BatchOptions inOrder = options.batches().withShuffle(false).withBucketing(false);
        return new StreamedCausalDataset(model, file, options.withBatches(inOrder));
    }

    @Override
    public Class<CausalBatch> batchType() {
        return CausalBatch.class;
    }

    @Override
    public Iterable<CausalBatch> epoch(int epoch) {
        return () -> from(new StreamPosition(epoch, 0, 0));
    }

    /**
     * Returns the batches of an epoch from a position on; the windows before it are not read.
     *
     * @param position where to begin, such as a result of {@link StreamedBatches#position}
     */
    public StreamedBatches from(StreamPosition position) {
        return new StreamedBatches(this, position);
    }

    @Override
    public boolean isCounted() {
        return false;
    }

    /**
     * {@inheritDoc}
     *
     * <p>The first call tokenizes the whole file.
     *
     * @throws UncheckedIOException if the file cannot be read, or a line is broken and not to be
     *     skipped
     */
    @Override
    public synchronized int batchesPerEpoch(int epoch) {
        if (lengths.length == 0) {
            lengths = allLengths();
        }
        int[][] windows = windows(epoch);
        int batches = 0;
        for (int i = 0; i < windows.length; i++) {
            int[] window =
                    Arrays.stream(windows[i])
                            .mapToObj(block -> lengths[block])
                            .flatMapToInt(Arrays::stream)
                            .toArray();
            batches += window.length == 0 ? 0 : plan(window, epoch, i).length;
        }
        if (batches == 0) {
            throw nothing();
        }
        return batches;
    }

    private int[][] allLengths() {
        return IntStream.range(0, file.blocks())
                .mapToObj(block -> part(new int[] {block}).sequences().lengths())
                .toArray(int[][]::new);
    }

    IllegalArgumentException nothing() {
        return new IllegalArgumentException(
                file.path()
                        + ": none of the "
                        + tally().samples()
                        + " samples has a token to be learnt; expected completions within "
                        + longest
                        + " tokens, or the loss on all tokens");
    }

    IllegalArgumentException onlyEnds() {
        return new IllegalArgumentException(
                file.path()
                        + ": there is nothing to learn but where a text ends: the texts or"
                        + " completions of all samples are empty; expected some that are not, or"
                        + " the loss on all tokens");
    }

    int[][] windows(int epoch) {
        return file.windows(options.batches().seed(), epoch, options.batches().shuffle());
    }

    /** The batches of a window, by the positions of its sequences. */
    int[][] plan(int[] window, int epoch, int number) {
        long seed = CounterRandom.derive(options.batches().seed(), number);
        CausalOptions own = options.withBatches(options.batches().withSeed(seed));
        return CausalDataset.plan(window, own).epoch(epoch);
    }

    SampleFile.Part part(int[] blocks) {
        try {
            SampleFile.Part part =
                    file.tokenize(blocks, model.tokenizer(), longest, options.lossOn());
            TokenTable.require(model, part.sequences().greatestId(), file.path().toString());
            tally.add(blocks, part);
            return part;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the tokens that a text may have: the options' length, or the model's positions. */
    public int longest() {
        return longest;
    }

    /** Returns what was met in the blocks that were read so far. */
    public Tally tally() {
        return tally.result();
    }
}
