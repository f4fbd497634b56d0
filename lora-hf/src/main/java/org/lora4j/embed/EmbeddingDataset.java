/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.embed;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.lora4j.files.Sha256;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.BatchPlan;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.base.DataIdentity;
import org.lora4j.hf.embed.EmbeddingBatch;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.embed.EmbeddingLoss;
import org.lora4j.hf.embed.TextVectors;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TokenizedExample;
import org.lora4j.text.tokenizer.Attempt;
import org.lora4j.train.BatchSource;
import org.lora4j.train.checkpoint.TrainingIdentity;

/**
 * Texts that are compared with each other, tokenized and planned into batches that repeat from the
 * seed. Where a loss takes the other texts of a batch for wrong answers, no text is in a batch
 * twice. Immutable; safe to share between threads.
 */
public final class EmbeddingDataset implements BatchSource<EmbeddingBatch> {
    private final List<TokenizedExample> texts;
    private final float[] scores;
    private final int columns;
    private final int padId;
    private final int longest;
    private final EmbeddingLoss loss;
    private final BatchPlan plan;
    private final String source;
    private final BatchOptions options;
    private final int atOnce;

    private EmbeddingDataset(
            LoraModel model,
            EmbeddingTexts data,
            EmbeddingLoss loss,
            BatchOptions options,
            int atOnce,
            boolean training) {
        loss.check(data.columns(), data.isScored());
        if (atOnce < 0) {
            throw new IllegalArgumentException(
                    atOnce + " texts at once; expected at least 1, or 0 for all of a batch");
        }
        this.loss = loss;
        this.source = data.source();
        this.options = options;
        this.atOnce = atOnce;
        columns = data.columns();
        padId = model.tokenizer().padId().orElse(0);
        TextVectors vectors = model.textVectors();
        loss.checkSize(vectors.size());
        EmbeddingForm form = vectors.form();
        longest = Math.min(options.maxLength(), longest(model, form));
        texts = tokenize(model, data, form);
        scores = new float[data.isScored() ? data.examples().size() : 0];
        for (int i = 0; i < scores.length; i++) {
            Float score = data.examples().get(i).score();
            scores[i] = score == null ? 0 : score;
        }
        plan = plan(data, training);
        if (training) {
            requireOthers();
        }
    }

    /** A batch that is too small for the loss has a gradient of zero. */
    private void requireOthers() {
        int least = loss.leastExamples(columns);
        if (least > 1
                && Arrays.stream(plan.epoch(0)).allMatch(examples -> examples.length < least)) {
            throw new IllegalArgumentException(
                    ("%s: every batch has fewer than %d examples (batch size %d, %d examples, no"
                                    + " text twice in a batch), and the loss compares an example"
                                    + " with the others of its batch, so nothing would be learnt;"
                                    + " expected larger batches, more texts, or another loss")
                            .formatted(source, least, options.batchSize(), size()));
        }
    }

    /** The tokens that a text may have: those that the form says, or the model has places for. */
    static int longest(LoraModel model, EmbeddingForm form) {
        int most =
                Math.min(
                        model.maxPositions(),
                        model.tokenizer().maxLength().orElse(Integer.MAX_VALUE));
        return form.maxLength() == 0 ? most : Math.min(form.maxLength(), model.maxPositions());
    }

    /** A text in the case in which the form has texts. */
    static String cased(LoraModel model, EmbeddingForm form, String text) {
        return form.lowerCase() ? model.tokenizer().lowerCased(text) : text;
    }

    private List<TokenizedExample> tokenize(
            LoraModel model, EmbeddingTexts data, EmbeddingForm form) {
        List<Attempt<TokenizedExample>> attempts =
                Attempt.all(
                        data.examples().size() * columns,
                        i -> {
                            String text = data.examples().get(i / columns).texts().get(i % columns);
                            TokenizedExample tokens =
                                    model.tokenizer()
                                            .encode(cased(model, form, text), null, longest);
                            return new TokenizedExample(
                                    i, tokens.ids(), tokens.typeIds(), tokens.truncated());
                        });
        List<TokenizedExample> found = new ArrayList<>();
        int greatest = 0;
        for (int i = 0; i < attempts.size(); i++) {
            try {
                TokenizedExample tokens = attempts.get(i).get();
                greatest = Math.max(greatest, Arrays.stream(tokens.ids()).max().orElse(0));
                found.add(tokens);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "%s, line %d: %s"
                                .formatted(
                                        source,
                                        data.examples().get(i / columns).line(),
                                        e.getMessage()),
                        e);
            }
        }
        if (greatest >= model.vocabularySize()) {
            throw new IllegalArgumentException(
                    ("%s: the tokenizer gives the token %d, and the model has %d; expected the"
                                    + " model's own tokenizer")
                            .formatted(source, greatest, model.vocabularySize()));
        }
        return List.copyOf(found);
    }

    private BatchPlan plan(EmbeddingTexts data, boolean training) {
        if (!training) {
            return BatchPlan.inOrder(size(), options.batchSize());
        }
        List<int[]> numbers = new ArrayList<>();
        Map<String, Integer> known = new HashMap<>();
        for (int example = 0; example < size(); example++) {
            int[] own = new int[columns];
            for (int column = 0; column < columns; column++) {
                String text = data.examples().get(example).texts().get(column);
                own[column] =
                        loss.isInBatch()
                                ? known.computeIfAbsent(text, unseen -> known.size())
                                : example * columns + column;
            }
            numbers.add(own);
        }
        DistinctTexts distinct =
                new DistinctTexts(numbers, options.batchSize(), options.seed(), options.shuffle());
        return BatchPlan.remembered(distinct::epoch);
    }

    /**
     * Tokenizes texts for training.
     *
     * @param model a model that was loaded with Task.embedding()
     * @param data the texts
     * @param loss what is learnt
     * @param options how they are batched; bucketing is not used, since it would choose each
     *     example's wrong answers by their length
     * @throws IllegalArgumentException if the data are not of the loss, or a text cannot be
     *     tokenized
     */
    public static EmbeddingDataset forTraining(
            LoraModel model, EmbeddingTexts data, EmbeddingLoss loss, BatchOptions options) {
        return new EmbeddingDataset(model, data, loss, options, 0, true);
    }

    /**
     * As {@link #forTraining}, for batches that are too large to run at once: the gradients are the
     * same, and each text is run forwards twice (GradCache, https://arxiv.org/abs/2101.06983).
     *
     * @param atOnce how many texts are run at a time
     */
    public static EmbeddingDataset forTraining(
            LoraModel model,
            EmbeddingTexts data,
            EmbeddingLoss loss,
            BatchOptions options,
            int atOnce) {
        return new EmbeddingDataset(model, data, loss, options, atOnce, true);
    }

    /**
     * Tokenizes texts for evaluation by the loss, in their order.
     *
     * @param model a model that was loaded with Task.embedding()
     * @param data the texts
     * @param loss the loss
     * @param options how large the batches are
     * @throws IllegalArgumentException as {@link #forTraining}
     */
    public static EmbeddingDataset forEvaluation(
            LoraModel model, EmbeddingTexts data, EmbeddingLoss loss, BatchOptions options) {
        return new EmbeddingDataset(model, data, loss, options, 0, false);
    }

    @Override
    public Class<EmbeddingBatch> batchType() {
        return EmbeddingBatch.class;
    }

    @Override
    public Iterable<EmbeddingBatch> epoch(int epoch) {
        int[][] batches = plan.epoch(epoch);
        return () -> iterator(batches);
    }

    private Iterator<EmbeddingBatch> iterator(int[][] batches) {
        return Arrays.stream(batches).map(this::batch).iterator();
    }

    private EmbeddingBatch batch(int[] examples) {
        List<TokenizedExample> chosen = new ArrayList<>();
        for (int column = 0; column < columns; column++) {
            for (int example : examples) {
                chosen.add(texts.get(example * columns + column));
            }
        }
        float[] own = new float[scores.length == 0 ? 0 : examples.length];
        for (int i = 0; i < own.length; i++) {
            own[i] = scores[examples[i]];
        }
        return new EmbeddingBatch(PaddedBatch.of(chosen, padId), columns, own, loss, atOnce, null);
    }

    @Override
    public int batchesPerEpoch(int epoch) {
        return plan.batches(epoch);
    }

    /** Returns the file where there is one, a hash of tokens and scores, and the options. */
    @Override
    public TrainingIdentity identity() {
        MessageDigest digest = Sha256.digest();
        texts.forEach(text -> Sha256.add(digest, text.ids()));
        for (float score : scores) {
            digest.update(ByteBuffer.allocate(Float.BYTES).putFloat(0, score).array());
        }
        return DataIdentity.ofFile(source)
                .with("tokens and scores", "SHA-256 " + Sha256.hex(digest))
                .with("loss", loss.toString())
                .with("options", options.toString());
    }

    /** Returns the number of examples. */
    public int size() {
        return texts.size() / columns;
    }

    /** Returns the tokens that a text may have. */
    public int longest() {
        return longest;
    }

    /** Returns how many texts were longer and were cut. */
    public int truncated() {
        return (int) texts.stream().filter(text -> text.truncated() > 0).count();
    }

    /** Returns the number of tokens, special ones included. */
    public long tokens() {
        return texts.stream().mapToLong(TokenizedExample::length).sum();
    }
}
