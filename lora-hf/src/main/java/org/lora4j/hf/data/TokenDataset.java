/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.data;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lora4j.files.Sha256;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.BatchPlan;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.base.DataIdentity;
import org.lora4j.hf.token.TokenBatch;
import org.lora4j.text.AlignedTokens;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TextExample;
import org.lora4j.text.TextModel;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.TokenIdCheck;
import org.lora4j.text.TokenizedExample;
import org.lora4j.text.batch.BatchPlanner;
import org.lora4j.text.table.LabelSet;
import org.lora4j.text.token.TagScheme;
import org.lora4j.text.token.TokenSample;
import org.lora4j.text.token.TokenSampleReader;
import org.lora4j.text.token.WordTags;
import org.lora4j.train.BatchSource;
import org.lora4j.train.checkpoint.TrainingIdentity;

/**
 * Texts whose words have labels, tokenized for a model and planned into batches that repeat from
 * the seed. The first token of a word has its label, and no other token has one, as in Hugging
 * Face's run_ner.py. What is beyond the longest length is cut, with its labels.
 *
 * <p>Immutable; safe to share between threads.
 */
public final class TokenDataset implements BatchSource<TokenBatch> {
    private final PlannedTexts texts;
    private final List<int[]> labels;
    private final int longest;
    private final String source;
    private final BatchOptions options;

    private TokenDataset(
            Tokens tokens,
            int pad,
            int longest,
            BatchPlan plan,
            String source,
            BatchOptions options) {
        this.texts = new PlannedTexts(tokens.texts(), pad, plan);
        this.labels = List.copyOf(tokens.labels());
        this.longest = longest;
        this.source = source;
        this.options = options;
    }

    /** The tokens of all texts, and the label of each token. */
    private record Tokens(List<TokenizedExample> texts, List<int[]> labels) {
        int[] lengths() {
            return PlannedTexts.lengths(texts);
        }
    }

    /**
     * Tokenizes labelled texts for training.
     *
     * @param model whose tokenizer and labels are used
     * @param samples the texts
     * @param source what errors call them, such as a file's name
     * @param options how they are batched
     * @throws IllegalArgumentException if there are none, a tag is not one of the model's, or a
     *     text has no labelled word
     */
    public static TokenDataset forTraining(
            TextModel model, List<TokenSample> samples, String source, BatchOptions options) {
        Tokens tokens = tokens(model, samples, source, options, true);
        BatchPlan plan = TextDataset.plan(tokens.lengths(), options);
        return of(model, tokens, plan, source, options);
    }

    /**
     * Reads a file of labelled texts for training.
     *
     * @param model whose tokenizer and labels are used
     * @param file the file, as {@link TokenSampleReader} reads it
     * @param options how its texts are batched
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException as the method for texts in memory
     */
    public static TokenDataset forTraining(TextModel model, Path file, BatchOptions options)
            throws IOException {
        return forTraining(model, TokenSampleReader.readAll(file), file.toString(), options);
    }

    /**
     * Tokenizes labelled texts for evaluation: batches of like lengths, the same each time.
     *
     * @param model whose tokenizer and labels are used
     * @param samples the texts
     * @param source what errors call them, such as a file's name
     * @param options how large the batches are
     * @throws IllegalArgumentException as for training
     */
    public static TokenDataset forEvaluation(
            TextModel model, List<TokenSample> samples, String source, BatchOptions options) {
        Tokens tokens = tokens(model, samples, source, options, true);
        return of(model, tokens, inOrderOfLength(tokens, options), source, options);
    }

    /**
     * Reads a file of labelled texts for evaluation.
     *
     * @param model whose tokenizer and labels are used
     * @param file the file, as {@link TokenSampleReader} reads it
     * @param options how large the batches are
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException as for training
     */
    public static TokenDataset forEvaluation(TextModel model, Path file, BatchOptions options)
            throws IOException {
        return forEvaluation(model, TokenSampleReader.readAll(file), file.toString(), options);
    }

    /**
     * Takes texts that are tokenized already, without labels, for prediction alone.
     *
     * @param model whose tokens they are
     * @param texts the texts, whose index is their place; at least one
     * @param options how large the batches are
     */
    public static TokenDataset forPrediction(
            TextModel model, List<TokenizedExample> texts, BatchOptions options) {
        List<int[]> labels = texts.stream().map(text -> none(text.length())).toList();
        Tokens tokens = new Tokens(texts, labels);
        return of(model, tokens, inOrderOfLength(tokens, options), "texts", options);
    }

    private static BatchPlan inOrderOfLength(Tokens tokens, BatchOptions options) {
        return BatchPlan.fixed(BatchPlanner.evaluation(tokens.lengths(), options.batchSize()));
    }

    private static TokenDataset of(
            TextModel model, Tokens tokens, BatchPlan plan, String source, BatchOptions options) {
        TokenIdCheck.require(model, PlannedTexts.greatestId(tokens.texts()), source);
        return new TokenDataset(
                tokens,
                TextDataset.pad(model),
                TextDataset.longest(model, options),
                plan,
                source,
                options);
    }

    private static Tokens tokens(
            TextModel model,
            List<TokenSample> samples,
            String source,
            BatchOptions options,
            boolean labelled) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException(source + " has no examples; expected one at least");
        }
        LabelSet known = LabelSet.of(model.labels());
        TagScheme scheme = TagScheme.of(model.labels());
        int longest = TextDataset.longest(model, options);
        Tokens tokens = new Tokens(new ArrayList<>(), new ArrayList<>());
        SpansInsideWords inside = new SpansInsideWords();
        for (TokenSample sample : samples) {
            if (labelled && sample instanceof TokenSample.Words words && words.tags().isEmpty()) {
                throw at(source, sample, "the words have no tags; expected one for each");
            }
            AlignedTokens whole;
            try {
                whole = model.tokenizer().align(sample.text(), null);
            } catch (IllegalArgumentException e) {
                throw at(source, sample, String.valueOf(e.getMessage()));
            }
            AlignedTokens kept = cut(whole, model.tokenizer(), longest);
            if (sample instanceof TokenSample.Spans spans) {
                inside.add(spans, WordTags.spansInsideWords(spans, whole));
            }
            WordTags words = WordTags.of(sample, kept, scheme);
            if (words.tokens().isEmpty()) {
                throw at(source, sample, "no word of it has a token; expected words");
            }
            tokens.texts().add(kept.example(tokens.texts().size(), whole.length() - kept.length()));
            tokens.labels().add(labels(words, kept.length(), known, source, sample));
        }
        inside.warn(source);
        return tokens;
    }

    private static IllegalArgumentException at(String source, TokenSample sample, String what) {
        return new IllegalArgumentException(source + ", line " + sample.line() + ": " + what);
    }

    /** Leaves out the tokens beyond a length, at the end that the tokenizer's settings name. */
    private static AlignedTokens cut(AlignedTokens whole, TextTokenizer tokenizer, int longest) {
        if (whole.length() <= longest) {
            return whole;
        }
        int specials = tokenizer.specialTokens(false);
        if (longest <= specials) {
            throw new IllegalArgumentException(
                    "max length %s leaves no room: the tokenizer adds %s special tokens; expected at least %s"
                            .formatted(longest, specials, specials + 1));
        }
        int[] own = whole.tokensOf(0);
        int stay = longest - specials;
        int first = tokenizer.truncatesLeft() ? own[own.length - stay] : own[0];
        int last = tokenizer.truncatesLeft() ? own[own.length - 1] : own[stay - 1];
        return whole.only(i -> whole.isSpecial(i) || (i >= first && i <= last));
    }

    private static int[] none(int length) {
        int[] labels = new int[length];
        Arrays.fill(labels, TokenBatch.NONE);
        return labels;
    }

    private static int[] labels(
            WordTags words, int length, LabelSet known, String source, TokenSample sample) {
        List<TextExample> rows =
                words.tags().stream()
                        .map(tag -> new TextExample(sample.line(), "", null, tag))
                        .toList();
        int[] found = known.indices(rows, source);
        int[] labels = none(length);
        for (int i = 0; i < found.length; i++) {
            labels[words.tokens().get(i)] = found[i];
        }
        return labels;
    }

    @Override
    public Class<TokenBatch> batchType() {
        return TokenBatch.class;
    }

    @Override
    public Iterable<TokenBatch> epoch(int epoch) {
        return texts.epoch(epoch, this::batch);
    }

    private TokenBatch batch(int[] indices, PaddedBatch padded) {
        int[] all = none(padded.rows() * padded.columns());
        for (int row = 0; row < indices.length; row++) {
            int[] own = labels.get(indices[row]);
            System.arraycopy(own, 0, all, row * padded.columns(), own.length);
        }
        return new TokenBatch(padded, all);
    }

    @Override
    public int batchesPerEpoch(int epoch) {
        return texts.plan().batches(epoch);
    }

    /** Returns the file where there is one, a hash of tokens and labels, and the options. */
    @Override
    public TrainingIdentity identity() {
        MessageDigest digest = Sha256.digest();
        for (int i = 0; i < size(); i++) {
            Sha256.add(digest, texts.texts().get(i).ids());
            Sha256.add(digest, labels.get(i));
        }
        return DataIdentity.ofFile(source)
                .with("tokens and labels", "SHA-256 " + Sha256.hex(digest))
                .with("options", options.toString());
    }

    /** Returns the number of texts. */
    public int size() {
        return texts.texts().size();
    }

    /** Returns the tokens that a text may have: the options' length, or the model's positions. */
    public int longest() {
        return longest;
    }

    /** Returns how many texts were longer than {@link #longest} tokens and were cut there. */
    public int truncated() {
        return (int) texts.texts().stream().filter(text -> text.truncated() > 0).count();
    }
}
