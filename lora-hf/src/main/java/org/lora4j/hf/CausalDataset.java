/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.lora4j.files.Sha256;
import org.lora4j.hf.base.DataIdentity;
import org.lora4j.text.TokenIdCheck;
import org.lora4j.text.batch.BatchPlanner;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.text.batch.PackingPlanner;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.SkippedLines;
import org.lora4j.text.sample.CausalSequences;
import org.lora4j.text.sample.SampleFormat;
import org.lora4j.text.sample.SampleReader;
import org.lora4j.text.sample.TrainingSamples;
import org.lora4j.train.BatchSource;
import org.lora4j.train.checkpoint.TrainingIdentity;

/**
 * Texts for a causal language model, tokenized and planned into batches that repeat from the seed.
 *
 * <p>Texts longer than allowed are cut, and those of which no token is learnt are left out; {@link
 * #truncated} and {@link #leftOut} tell which. Texts that cannot be tokenized are refused, or left
 * out as {@link #refused} where the data were read with {@link OnBadLine#SKIP}. Immutable; safe to
 * share between threads.
 */
public final class CausalDataset implements BatchSource<CausalBatch> {
    private final CausalSequences sequences;
    private final int longest;
    private final BatchPlan plan;
    private final String source;
    private final CausalOptions options;

    private CausalDataset(
            CausalSequences sequences,
            int longest,
            BatchPlan plan,
            String source,
            CausalOptions options) {
        this.sequences = sequences;
        this.longest = longest;
        this.plan = plan;
        this.source = source;
        this.options = options;
    }

    /**
     * Reads a jsonl file for training; its first line tells its format.
     *
     * @param model whose tokenizer is used
     * @param file the file
     * @param options how the texts are batched
     * @throws IOException if the file cannot be read or a line is broken
     * @throws IllegalArgumentException if no text has a token to be learnt
     */
    public static CausalDataset forTraining(LoraModel model, Path file, CausalOptions options)
            throws IOException {
        return forTraining(
                model, SampleReader.read(file, SampleFormat.AUTO, OnBadLine.FAIL), options);
    }

    /**
     * Tokenizes texts for training.
     *
     * @param model whose tokenizer is used
     * @param data the texts
     * @param options how they are batched
     * @throws IllegalArgumentException if no text has a token to be learnt, or the tokenizer is not
     *     the model's
     */
    public static CausalDataset forTraining(
            LoraModel model, TrainingSamples data, CausalOptions options) {
        int longest = longest(model, options);
        CausalSequences sequences = tokenize(model, data, options, longest);
        return new CausalDataset(
                sequences, longest, plan(sequences.lengths(), options), data.source(), options);
    }

    /** How the batches of texts of some lengths are chosen. */
    public static BatchPlan plan(int[] lengths, CausalOptions options) {
        BatchOptions batches = options.batches();
        if (!batches.shuffle()) {
            return inOrder(lengths, options);
        }
        if (options.packing()) {
            PackingPlanner planner =
                    new PackingPlanner(
                            lengths, batches.maxLength(), batches.batchSize(), batches.seed());
            return BatchPlan.remembered(planner::epoch);
        }
        BatchPlanner planner =
                new BatchPlanner(lengths, batches.batchSize(), batches.seed(), batches.bucketing());
        return BatchPlan.drawn(planner::epoch, planner.batchesPerEpoch());
    }

    private static BatchPlan inOrder(int[] lengths, CausalOptions options) {
        BatchOptions batches = options.batches();
        return options.packing()
                ? BatchPlan.fixed(
                        PackingPlanner.inOrder(lengths, batches.maxLength(), batches.batchSize()))
                : BatchPlan.inOrder(lengths.length, batches.batchSize());
    }

    /**
     * Reads a jsonl file for evaluation; its first line tells its format.
     *
     * @param model whose tokenizer is used
     * @param file the file
     * @param options how large the batches are; the order is the file's
     * @throws IOException if the file cannot be read or a line is broken
     * @throws IllegalArgumentException if no text has a token to be learnt
     */
    public static CausalDataset forEvaluation(LoraModel model, Path file, CausalOptions options)
            throws IOException {
        return forEvaluation(
                model, SampleReader.read(file, SampleFormat.AUTO, OnBadLine.FAIL), options);
    }

    /**
     * Tokenizes texts for evaluation.
     *
     * @param model whose tokenizer is used
     * @param data the texts
     * @param options how large the batches are; the order is the data's
     * @throws IllegalArgumentException if no text has a token to be learnt, or the tokenizer is not
     *     the model's
     */
    public static CausalDataset forEvaluation(
            LoraModel model, TrainingSamples data, CausalOptions options) {
        int longest = longest(model, options);
        CausalSequences sequences = tokenize(model, data, options, longest);
        return new CausalDataset(
                sequences, longest, inOrder(sequences.lengths(), options), data.source(), options);
    }

    private static int longest(LoraModel model, CausalOptions options) {
        return Math.min(options.batches().maxLength(), model.maxPositions());
    }

    private static CausalSequences tokenize(
            LoraModel model, TrainingSamples data, CausalOptions options, int longest) {
        CausalSequences sequences =
                CausalSequences.of(data, model.tokenizer(), longest, options.lossOn());
        TokenIdCheck.require(model, sequences.greatestId(), data.source());
        return sequences;
    }

    @Override
    public Class<CausalBatch> batchType() {
        return CausalBatch.class;
    }

    @Override
    public Iterable<CausalBatch> epoch(int epoch) {
        int[][] batches = plan.epoch(epoch);
        return () -> iterator(batches);
    }

    private Iterator<CausalBatch> iterator(int[][] batches) {
        return Arrays.stream(batches)
                .map(b -> new CausalBatch(sequences.batch(b), sequences.ends(b)))
                .iterator();
    }

    @Override
    public int batchesPerEpoch(int epoch) {
        return plan.batches(epoch);
    }

    /** Returns the file where there is one, a hash of the tokens, and the options. */
    @Override
    public TrainingIdentity identity() {
        MessageDigest digest = Sha256.digest();
        for (int i = 0; i < sequences.size(); i++) {
            PackedTokens one = sequences.batch(new int[] {i});
            Sha256.add(digest, one.ids());
            Sha256.add(digest, one.labels());
        }
        return DataIdentity.ofFile(source)
                .with("tokens", "SHA-256 " + Sha256.hex(digest))
                .with("options", options.toString());
    }

    /** Returns the number of texts that are learnt from. */
    public int size() {
        return sequences.size();
    }

    /** Returns the number of tokens, special ones included. */
    public long tokens() {
        return Arrays.stream(sequences.lengths()).asLongStream().sum();
    }

    /** Returns the tokens that a text may have: the options' length, or the model's positions. */
    public int longest() {
        return longest;
    }

    /** Returns the lines of the texts that were cut. */
    public List<Integer> truncated() {
        return sequences.truncated();
    }

    /** Returns the lines of the texts that are left out, as none of their tokens is learnt. */
    public List<Integer> leftOut() {
        return sequences.leftOut();
    }

    /**
     * Returns the texts that were left out since they cannot be tokenized: conversations that the
     * chat template refuses or in which the assistant says nothing. None unless the data were read
     * with {@link OnBadLine#SKIP}.
     */
    public SkippedLines refused() {
        return sequences.refused();
    }

    /** Returns how many texts have a token that joins the prompt's end with the completion. */
    public int straddled() {
        return sequences.straddled();
    }
}
