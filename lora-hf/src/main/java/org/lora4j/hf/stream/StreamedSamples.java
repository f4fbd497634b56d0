/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.stream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.text.TokenIdCheck;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.text.lines.SkippedLines;
import org.lora4j.text.sample.CausalSequences;
import org.lora4j.text.sample.SampleFile;

/** The texts of a file for a language model. */
final class StreamedSamples implements StreamedTexts<CausalBatch> {
    private final LoraModel model;
    private final SampleFile file;
    private final CausalOptions options;
    private final int longest;
    private final StreamTally tally = new StreamTally();
    private int[][] lengths = new int[0][];

    StreamedSamples(LoraModel model, SampleFile file, CausalOptions options) {
        this.model = model;
        this.file = file;
        this.options = options;
        longest = Math.min(options.batches().maxLength(), model.maxPositions());
        if (longest < 2) {
            throw new IllegalArgumentException(
                    "max length %d leaves no token to be predicted; expected 2 or more"
                            .formatted(longest));
        }
    }

    @Override
    public Class<CausalBatch> batchType() {
        return CausalBatch.class;
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public int longest() {
        return longest;
    }

    @Override
    public String options() {
        return options + ", at most " + longest() + " tokens";
    }

    @Override
    public int[][] windows(int epoch) {
        return file.windows(options.batches().seed(), epoch, options.batches().shuffle());
    }

    @Override
    public Window<CausalBatch> read(int[] blocks) {
        SampleFile.Part part;
        try {
            part = file.tokenize(blocks, model.tokenizer(), longest, options.lossOn());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        CausalSequences sequences = part.sequences();
        TokenIdCheck.require(model, sequences.greatestId(), file.path().toString());
        SkippedLines skipped = part.skipped();
        String reason =
                skipped.isEmpty() ? "" : "line " + skipped.first().get(0) + ": " + skipped.reason();
        int cut = sequences.truncated().size();
        int leftOut = sequences.leftOut().size();
        return new Window<>(
                sequences.lengths(),
                sequences.writes(),
                indices -> batch(sequences, indices),
                new StreamedDataset.Tally(part.samples(), cut, leftOut, skipped.count(), reason));
    }

    private static CausalBatch batch(CausalSequences sequences, int[] indices) {
        PackedTokens tokens = sequences.batch(indices);
        int[] examples = Arrays.stream(indices).map(i -> sequences.lines().get(i) - 1).toArray();
        return new CausalBatch(
                new PackedTokens(
                        tokens.ids(), tokens.labels(), tokens.lengths(), examples, tokens.firsts()),
                sequences.ends(indices));
    }

    @Override
    public int[][] plan(int[] window, int epoch, long seed) {
        CausalOptions own = options.withBatches(options.batches().withSeed(seed));
        return CausalDataset.plan(window, own).epoch(epoch);
    }

    @Override
    public boolean isCounted() {
        return false;
    }

    @Override
    public int batches(int[] blocks, int epoch, long seed) {
        int[][] known = lengths();
        int[] window =
                Arrays.stream(blocks).flatMap(block -> Arrays.stream(known[block])).toArray();
        return window.length == 0 ? 0 : plan(window, epoch, seed).length;
    }

    /** Returns the lengths of each block's texts; the first call tokenizes the whole file. */
    private synchronized int[][] lengths() {
        if (lengths.length == 0) {
            lengths =
                    IntStream.range(0, file.blocks()).mapToObj(this::lengths).toArray(int[][]::new);
        }
        return lengths;
    }

    private int[] lengths(int block) {
        int[] alone = {block};
        Window<CausalBatch> window = read(alone);
        tally.add(alone, window.found());
        return window.lengths();
    }

    @Override
    public StreamTally tally() {
        return tally;
    }

    @Override
    public IllegalArgumentException nothing(boolean ends) {
        if (ends) {
            return new IllegalArgumentException(
                    file.path()
                            + ": there is nothing to learn but where a text ends: the texts or"
                            + " completions of all samples are empty; expected some that are not,"
                            + " or the loss on all tokens");
        }
        return new IllegalArgumentException(
                ("%s: none of the %d samples has a token to be learnt; expected completions within"
                                + " %d tokens, or the loss on all tokens")
                        .formatted(file.path(), tally.result().samples(), longest));
    }
}
