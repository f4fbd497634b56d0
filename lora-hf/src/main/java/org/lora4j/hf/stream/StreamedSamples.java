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
import org.lora4j.hf.TokenIdCheck;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.text.lines.SkippedLines;
import org.lora4j.text.sample.CausalSequences;
import org.lora4j.text.sample.SampleFile;

/** Texts of a file for a language model. */
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
                    "max length "
                            + longest
                            + " leaves no token to be predicted; expected 2 or more");
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
    public int[][] windows(int epoch) {
        return file.windows(options.batches().seed(), epoch, options.batches().shuffle());
    }

    @Override
    public StreamedWindow<CausalBatch> read(int[] blocks) {
        SampleFile.Part part;
        try {
            part = file.tokenize(blocks, model.tokenizer(), longest, options.lossOn());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        CausalSequences sequences = part.sequences();
        TokenIdCheck.require(model, sequences.greatestId(), file.path().toString());
        SkippedLines skipped = part.skipped();
        tally.add(
                blocks,
                new StreamedDataset.Tally(
                        part.samples(),
                        sequences.truncated().size(),
                        sequences.leftOut().size(),
                        skipped.count(),
                        skipped.isEmpty()
                                ? ""
                                : "line " + skipped.first().get(0) + ": " + skipped.reason()));
        return new StreamedWindow<>(
                sequences.lengths(), sequences.writes(), indices -> batch(sequences, indices));
    }

    private static CausalBatch batch(CausalSequences sequences, int[] indices) {
        PackedTokens tokens = sequences.batch(indices);
        int[] examples = new int[indices.length];
        for (int i = 0; i < indices.length; i++) {
            examples[i] = sequences.lines().get(indices[i]) - 1;
        }
        return new CausalBatch(
                new PackedTokens(tokens.ids(), tokens.labels(), tokens.lengths(), examples),
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
                Arrays.stream(blocks)
                        .mapToObj(block -> known[block])
                        .flatMapToInt(Arrays::stream)
                        .toArray();
        return window.length == 0 ? 0 : plan(window, epoch, seed).length;
    }

    /** The lengths of the texts of each block; the first call tokenizes the whole file. */
    private synchronized int[][] lengths() {
        if (lengths.length == 0) {
            lengths =
                    IntStream.range(0, file.blocks())
                            .mapToObj(block -> read(new int[] {block}).lengths())
                            .toArray(int[][]::new);
        }
        return lengths;
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
                file.path()
                        + ": none of the "
                        + tally.result().samples()
                        + " samples has a token to be learnt; expected completions within "
                        + longest
                        + " tokens, or the loss on all tokens");
    }
}
