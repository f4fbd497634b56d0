/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.lora4j.files.Sha256;
import org.lora4j.hf.base.DataIdentity;
import org.lora4j.hf.preference.PreferenceBatch;
import org.lora4j.hf.preference.PreferenceLoss;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.TokenIdCheck;
import org.lora4j.text.batch.BatchPlanner;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.text.batch.SampleTokens;
import org.lora4j.text.lines.BrokenLines;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.SkippedLines;
import org.lora4j.text.sample.PreferencePair;
import org.lora4j.text.sample.PreferencePairs;
import org.lora4j.text.sample.PreferenceReader;
import org.lora4j.text.sample.TrainingSample;
import org.lora4j.train.BatchSource;
import org.lora4j.train.checkpoint.TrainingIdentity;

/**
 * Pairs of texts of which one is preferred, tokenized and planned into batches that repeat from the
 * seed, for direct preference optimisation.
 *
 * <p>Texts longer than allowed lose their ends, as with TRL; a pair of whose texts one has no token
 * of its completion left is left out. Immutable; safe to share between threads.
 */
public final class PreferenceDataset implements BatchSource<PreferenceBatch> {
    private final List<SampleTokens> texts;
    private final PreferenceLoss loss;
    private final BatchPlan plan;
    private final String source;
    private final BatchOptions options;
    private final List<Integer> truncated;
    private final List<Integer> leftOut;
    private final SkippedLines refused;

    private PreferenceDataset(
            LoraModel model,
            PreferencePairs data,
            PreferenceLoss loss,
            BatchOptions options,
            boolean drawn) {
        this.loss = loss;
        this.options = options;
        source = data.source();
        int longest = Math.min(options.maxLength(), model.maxPositions());
        List<SampleTokens> found = new ArrayList<>();
        List<Integer> cut = new ArrayList<>();
        List<Integer> empty = new ArrayList<>();
        BrokenLines broken = new BrokenLines();
        for (int i = 0; i < data.pairs().size(); i++) {
            PreferencePair pair = data.pairs().get(i);
            int line = pair.line() > 0 ? pair.line() : i + 1;
            try {
                SampleTokens chosen = tokens(model.tokenizer(), pair.chosen());
                SampleTokens rejected = tokens(model.tokenizer(), pair.rejected());
                // both completions begin where the first of them differs from the prompt
                int first = Math.min(first(chosen), first(rejected));
                chosen = from(first, chosen);
                rejected = from(first, rejected);
                if (chosen.length() > longest || rejected.length() > longest) {
                    cut.add(line);
                }
                chosen = chosen.cut(longest);
                rejected = rejected.cut(longest);
                if (chosen.lossTerms() < 1 || rejected.lossTerms() < 1) {
                    empty.add(line);
                } else {
                    found.add(chosen);
                    found.add(rejected);
                }
            } catch (IllegalArgumentException e) {
                broken.add(line, String.valueOf(e.getMessage()), e);
            }
        }
        boolean allRefused = broken.lines().count() == data.pairs().size();
        if (!broken.isEmpty() && (data.onBadLine() == OnBadLine.FAIL || allRefused)) {
            throw new IllegalArgumentException(
                    "%s, line %s: %s"
                            .formatted(
                                    source,
                                    broken.line(),
                                    broken.refusal(data.onBadLine() == OnBadLine.SKIP)),
                    broken.cause());
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException(
                    ("%s: in none of the %s pairs do both texts have a token of their completion"
                                    + " among the first %s; expected completions that fit, or a"
                                    + " greater max length")
                            .formatted(source, data.pairs().size(), longest));
        }
        texts = List.copyOf(found);
        truncated = List.copyOf(cut);
        leftOut = List.copyOf(empty);
        refused = broken.lines();
        int greatest = texts.stream().flatMapToInt(t -> Arrays.stream(t.ids())).max().orElse(0);
        TokenIdCheck.require(model, greatest, source);
        plan = plan(drawn);
    }

    private static SampleTokens tokens(TextTokenizer tokenizer, TrainingSample sample) {
        return sample.tokens(tokenizer, LossOn.COMPLETION).get(0);
    }

    private static int first(SampleTokens text) {
        int first = 0;
        while (first < text.length() && !text.learnt()[first]) {
            first++;
        }
        return first;
    }

    private static SampleTokens from(int first, SampleTokens text) {
        if (first(text) <= first) {
            return text;
        }
        boolean[] learnt = text.learnt().clone();
        Arrays.fill(learnt, first, learnt.length, true);
        return new SampleTokens(text.ids(), learnt, true, text.ends());
    }

    private BatchPlan plan(boolean drawn) {
        if (!drawn || !options.shuffle()) {
            return BatchPlan.inOrder(size(), options.batchSize());
        }
        int[] lengths = new int[size()];
        Arrays.setAll(lengths, i -> texts.get(2 * i).length() + texts.get(2 * i + 1).length());
        BatchPlanner planner =
                new BatchPlanner(lengths, options.batchSize(), options.seed(), options.bucketing());
        return BatchPlan.drawn(planner::epoch, planner.batchesPerEpoch());
    }

    /**
     * Reads a jsonl file for training: {@code prompt}, {@code chosen} and {@code rejected}.
     *
     * @param model whose tokenizer is used
     * @param file the file
     * @param loss the loss of a pair
     * @param options how pairs are batched
     * @throws IOException if the file cannot be read or a line is broken
     * @throws IllegalArgumentException if no pair can be learnt from
     */
    public static PreferenceDataset forTraining(
            LoraModel model, Path file, PreferenceLoss loss, BatchOptions options)
            throws IOException {
        return forTraining(model, PreferenceReader.read(file, OnBadLine.FAIL), loss, options);
    }

    /**
     * Tokenizes pairs for training.
     *
     * @param model whose tokenizer is used
     * @param data the pairs
     * @param loss the loss of a pair
     * @param options how they are batched
     * @throws IllegalArgumentException if no pair can be learnt from, or the tokenizer is not the
     *     model's
     */
    public static PreferenceDataset forTraining(
            LoraModel model, PreferencePairs data, PreferenceLoss loss, BatchOptions options) {
        return new PreferenceDataset(model, data, loss, options, true);
    }

    /**
     * Tokenizes pairs for evaluation, in their order.
     *
     * @param model whose tokenizer is used
     * @param data the pairs
     * @param loss the loss of a pair
     * @param options how large the batches are
     * @throws IllegalArgumentException if no pair can be learnt from, or the tokenizer is not the
     *     model's
     */
    public static PreferenceDataset forEvaluation(
            LoraModel model, PreferencePairs data, PreferenceLoss loss, BatchOptions options) {
        return new PreferenceDataset(model, data, loss, options, false);
    }

    @Override
    public Class<PreferenceBatch> batchType() {
        return PreferenceBatch.class;
    }

    @Override
    public Iterable<PreferenceBatch> epoch(int epoch) {
        int[][] batches = plan.epoch(epoch);
        return () -> iterator(batches);
    }

    private Iterator<PreferenceBatch> iterator(int[][] batches) {
        return Arrays.stream(batches).map(this::batch).iterator();
    }

    private PreferenceBatch batch(int[] pairs) {
        int[] indices = new int[2 * pairs.length];
        Set<Integer> ends = new HashSet<>();
        for (int i = 0; i < pairs.length; i++) {
            indices[i] = 2 * pairs[i];
            indices[pairs.length + i] = 2 * pairs[i] + 1;
            ends.addAll(texts.get(indices[i]).ends());
        }
        return new PreferenceBatch(PackedTokens.join(texts, indices), loss, ends);
    }

    @Override
    public int batchesPerEpoch(int epoch) {
        return plan.batches(epoch);
    }

    /** Returns the file where there is one, a hash of the tokens, the loss and the options. */
    @Override
    public TrainingIdentity identity() {
        MessageDigest digest = Sha256.digest();
        for (int i = 0; i < size(); i++) {
            PackedTokens pair = batch(new int[] {i}).packed();
            Sha256.add(digest, pair.ids());
            Sha256.add(digest, pair.labels());
        }
        return DataIdentity.ofFile(source)
                .with("tokens", "SHA-256 " + Sha256.hex(digest))
                .with("loss", loss.toString())
                .with("options", options.toString());
    }

    /** Returns the number of pairs that are learnt from. */
    public int size() {
        return texts.size() / 2;
    }

    /** Returns the number of tokens of all texts, special ones included. */
    public long tokens() {
        return texts.stream().mapToLong(SampleTokens::length).sum();
    }

    /** Returns the lines of the pairs of which a text was cut. */
    public List<Integer> truncated() {
        return truncated;
    }

    /** Returns the lines of the pairs that are left out, as a completion has no token left. */
    public List<Integer> leftOut() {
        return leftOut;
    }

    /** Returns the pairs that were left out since they cannot be tokenized. */
    public SkippedLines refused() {
        return refused;
    }

    /** Returns how many texts have a token that joins the prompt's end with the completion. */
    public int straddled() {
        return (int) texts.stream().filter(SampleTokens::straddled).count();
    }
}
