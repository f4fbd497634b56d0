/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.lora4j.files.Sha256;
import org.lora4j.hf.base.DataIdentity;
import org.lora4j.text.TextExample;
import org.lora4j.text.TextModel;
import org.lora4j.text.TextTarget;
import org.lora4j.text.TokenIdCheck;
import org.lora4j.text.TokenizedDataset;
import org.lora4j.text.batch.BatchPlanner;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.table.LabelSet;
import org.lora4j.text.table.RegressionTargets;
import org.lora4j.text.table.SeveralLabels;
import org.lora4j.text.table.TextFileReader;
import org.lora4j.train.BatchSource;
import org.lora4j.train.checkpoint.TrainingIdentity;

/**
 * Texts with labels, tokenized for a model and planned into batches that repeat from the seed.
 *
 * <p>Immutable; safe to share between threads.
 */
public final class TextDataset implements BatchSource<TextBatch> {
    private final TokenizedDataset texts;
    private final float[] targets;
    private final int longest;
    private final BatchPlan plan;
    private final String source;
    private final BatchOptions options;
    private final float[] labelWeights;

    private TextDataset(
            TokenizedDataset texts,
            float[] targets,
            int longest,
            BatchPlan plan,
            String source,
            BatchOptions options) {
        this(texts, targets, longest, plan, source, options, new float[0]);
    }

    private TextDataset(
            TokenizedDataset texts,
            float[] targets,
            int longest,
            BatchPlan plan,
            String source,
            BatchOptions options,
            float[] labelWeights) {
        this.labelWeights = labelWeights;
        this.source = source;
        this.options = options;
        this.texts = texts;
        this.longest = longest;
        this.targets = targets;
        this.plan = plan;
    }

    @Override
    public Class<TextBatch> batchType() {
        return TextBatch.class;
    }

    /**
     * Tokenizes labelled texts for training.
     *
     * @param model whose tokenizer and labels are used
     * @param rows the texts
     * @param source what errors call the rows, such as a file's name
     * @param options how they are batched
     * @throws IllegalArgumentException if there are no rows or a label is not one of the model's
     */
    public static TextDataset forTraining(
            TextModel model, List<TextExample> rows, String source, BatchOptions options) {
        int longest = longest(model, options);
        TokenizedDataset texts = tokenize(model, rows, source, longest);
        float[] targets = targets(model, rows, source);
        return new TextDataset(
                texts, targets, longest, plan(texts.lengths(), options), source, options);
    }

    /**
     * Returns the same texts with a weight for each label: the loss of a batch is Σ w l / Σ w over
     * its texts, as PyTorch's CrossEntropyLoss(weight=...). Weights count in training alone.
     *
     * @param weights the weight of each label, by its id; above 0 and at most 1e12
     * @throws IllegalArgumentException if the texts do not have one label each, or a weight is
     *     missing or out of range
     */
    public TextDataset withLabelWeights(float[] weights) {
        if (targets.length != texts.size()) {
            throw new IllegalArgumentException(
                    source + ": weights are for texts of one label; expected a classifier's data");
        }
        for (float target : targets) {
            if (target != Math.rint(target) || target < 0 || target >= weights.length) {
                throw new IllegalArgumentException(
                        "%d weights and a label of the id %s; expected one for each label"
                                .formatted(weights.length, target));
            }
        }
        for (int label = 0; label < weights.length; label++) {
            if (!isLabelWeight(weights[label])) {
                throw new IllegalArgumentException(
                        "the weight of the label of id %d is %s; expected a number above 0 and at most 1e12"
                                .formatted(label, weights[label]));
            }
        }
        return new TextDataset(texts, targets, longest, plan, source, options, weights.clone());
    }

    /**
     * Returns whether a label may have a weight: above 0, and so small that the sum over a batch is
     * a float32.
     */
    public static boolean isLabelWeight(float weight) {
        return weight > 0 && weight <= 1e12f;
    }

    /**
     * Returns weights by which all labels count alike together: n / (labels * n of the label), as
     * scikit-learn's class_weight="balanced". A label that does not occur weighs 1.
     *
     * @param labels how many labels the model has
     */
    public float[] balancedWeights(int labels) {
        int[] counts = new int[labels];
        for (float target : targets) {
            counts[(int) target]++;
        }
        float[] weights = new float[labels];
        for (int i = 0; i < labels; i++) {
            weights[i] = counts[i] == 0 ? 1 : (float) targets.length / labels / counts[i];
        }
        return weights;
    }

    /** How the batches of texts of some lengths are chosen for training. */
    public static BatchPlan plan(int[] lengths, BatchOptions options) {
        if (!options.shuffle()) {
            return BatchPlan.inOrder(lengths.length, options.batchSize());
        }
        BatchPlanner planner =
                new BatchPlanner(lengths, options.batchSize(), options.seed(), options.bucketing());
        return BatchPlan.drawn(planner::epoch, planner.batchesPerEpoch());
    }

    /**
     * Reads a file of labelled texts for training.
     *
     * @param model whose tokenizer and labels are used
     * @param file a .tsv, .csv or .jsonl file
     * @param columns where the texts and labels are
     * @param options how they are batched
     * @throws IOException if the file cannot be read or lacks a column
     * @throws IllegalArgumentException if a label is not one of the model's
     */
    public static TextDataset forTraining(
            TextModel model, Path file, TextColumns columns, BatchOptions options)
            throws IOException {
        return forTraining(model, TextFileReader.readAll(file, columns), file.toString(), options);
    }

    /**
     * Reads a file of labelled texts for evaluation.
     *
     * @param model whose tokenizer and labels are used
     * @param file a .tsv, .csv or .jsonl file
     * @param columns where the texts and labels are
     * @param options how large the batches are
     * @throws IOException if the file cannot be read or lacks a column
     * @throws IllegalArgumentException if a label is not one of the model's
     */
    public static TextDataset forEvaluation(
            TextModel model, Path file, TextColumns columns, BatchOptions options)
            throws IOException {
        return forEvaluation(
                model, TextFileReader.readAll(file, columns), file.toString(), options);
    }

    /**
     * Tokenizes labelled texts for evaluation: batches of like lengths, the same each time.
     *
     * @param model whose tokenizer and labels are used
     * @param rows the texts
     * @param source what errors call the rows, such as a file's name
     * @param options how large the batches are
     * @throws IllegalArgumentException if there are no rows or a label is not one of the model's
     */
    public static TextDataset forEvaluation(
            TextModel model, List<TextExample> rows, String source, BatchOptions options) {
        return evaluation(model, rows, targets(model, rows, source), source, options);
    }

    /**
     * Tokenizes texts without labels, for prediction alone.
     *
     * @param model whose tokenizer is used
     * @param rows the texts
     * @param source what errors call the rows, such as a file's name
     * @param options how large the batches are
     * @throws IllegalArgumentException if there are no rows, or the tokenizer is not the model's
     */
    public static TextDataset forPrediction(
            TextModel model, List<TextExample> rows, String source, BatchOptions options) {
        return evaluation(model, rows, new float[0], source, options);
    }

    private static TextDataset evaluation(
            TextModel model,
            List<TextExample> rows,
            float[] targets,
            String source,
            BatchOptions options) {
        int longest = longest(model, options);
        TokenizedDataset texts = tokenize(model, rows, source, longest);
        int[][] batches = BatchPlanner.evaluation(texts.lengths(), options.batchSize());
        return new TextDataset(texts, targets, longest, BatchPlan.fixed(batches), source, options);
    }

    public static int longest(TextModel model, BatchOptions options) {
        return Math.min(options.maxLength(), model.maxPositions());
    }

    private static TokenizedDataset tokenize(
            TextModel model, List<TextExample> rows, String source, int longest) {
        if (rows.isEmpty()) {
            throw new IllegalArgumentException(source + " has no examples; expected one at least");
        }
        TokenizedDataset texts =
                TokenizedDataset.of(rows, source, model.tokenizer(), longest, pad(model));
        requireKnown(model, texts, source);
        return texts;
    }

    /** The id at padded positions. */
    public static int pad(TextModel model) {
        return model.tokenizer().padId().orElse(0);
    }

    /** Checks that the model has a row for each token and type. */
    public static void requireKnown(TextModel model, TokenizedDataset texts, String source) {
        int id = pad(model);
        int type = 0;
        for (int i = 0; i < texts.size(); i++) {
            id = Math.max(id, Arrays.stream(texts.get(i).ids()).max().orElse(0));
            type = Math.max(type, Arrays.stream(texts.get(i).typeIds()).max().orElse(0));
        }
        requireKnown(model, id, type, source);
    }

    /**
     * Checks that the model has a row for each token and type.
     *
     * @param id the greatest token id
     * @param type the greatest token type
     * @param source what errors call the texts
     */
    public static void requireKnown(TextModel model, int id, int type, String source) {
        TokenIdCheck.require(model, id, source);
        if (type >= model.typeVocabularySize()) {
            throw new IllegalArgumentException(
                    source
                            + ": the tokenizer gives token type "
                            + type
                            + " and the model has "
                            + model.typeVocabularySize()
                            + " type vectors, so it cannot tell the texts of a pair apart; expected"
                            + " single texts");
        }
    }

    /** The numbers that stand for the labels of rows. */
    public static float[] targets(TextModel model, List<TextExample> rows, String source) {
        if (model.target() == TextTarget.LABELS) {
            return SeveralLabels.targets(LabelSet.of(model.labels()), rows, source);
        }
        if (model.labels().isEmpty()) {
            float[] numbers = RegressionTargets.parse(rows, source);
            for (int i = 0; i < numbers.length && model.target() == TextTarget.RELEVANCE; i++) {
                if (numbers[i] < 0 || numbers[i] > 1) {
                    throw new IllegalArgumentException(
                            "%s, line %s: the relevance is %s; expected a number from 0 to 1"
                                    .formatted(source, rows.get(i).line(), numbers[i]));
                }
            }
            return numbers;
        }
        int[] ids = LabelSet.of(model.labels()).indices(rows, source);
        float[] targets = new float[ids.length];
        for (int i = 0; i < ids.length; i++) {
            targets[i] = ids[i];
        }
        return targets;
    }

    @Override
    public Iterable<TextBatch> epoch(int epoch) {
        int[][] batches = plan.epoch(epoch);
        return () -> iterator(batches);
    }

    private Iterator<TextBatch> iterator(int[][] batches) {
        return Arrays.stream(batches).map(this::batch).iterator();
    }

    private TextBatch batch(int[] indices) {
        TextBatch batch = TextBatch.of(texts, targets, indices);
        if (labelWeights.length == 0) {
            return batch;
        }
        float[] weights = new float[indices.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = labelWeights[(int) batch.targets()[i]];
        }
        return new TextBatch(batch.texts(), batch.targets(), weights);
    }

    @Override
    public int batchesPerEpoch(int epoch) {
        return plan.batches(epoch);
    }

    /** Returns the file where there is one, a hash of tokens and labels, and the options. */
    @Override
    public TrainingIdentity identity() {
        MessageDigest digest = Sha256.digest();
        for (int i = 0; i < texts.size(); i++) {
            Sha256.add(digest, texts.get(i).ids());
            Sha256.add(digest, texts.get(i).typeIds());
        }
        for (float target : targets) {
            digest.update(ByteBuffer.allocate(Float.BYTES).putFloat(0, target).array());
        }
        return DataIdentity.ofFile(source)
                .with("tokens and labels", "SHA-256 " + Sha256.hex(digest))
                .with(
                        "options",
                        labelWeights.length == 0
                                ? options.toString()
                                : options + ", weights " + Arrays.toString(labelWeights));
    }

    /** Returns the number of texts. */
    public int size() {
        return texts.size();
    }

    /** Returns the tokens that a text may have: the options' length, or the model's positions. */
    public int longest() {
        return longest;
    }

    /** Returns how many texts were longer than {@link #longest} tokens and were cut there. */
    public int truncated() {
        return texts.truncated();
    }

    /** Returns the number of tokens, special ones included. */
    public long tokens() {
        return Arrays.stream(texts.lengths()).asLongStream().sum();
    }
}
