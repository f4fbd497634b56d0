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
import java.util.List;
import org.lora4j.files.Sha256;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.BatchPlan;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.base.DataIdentity;
import org.lora4j.hf.span.SpanBatch;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TextModel;
import org.lora4j.text.TextTarget;
import org.lora4j.text.TokenizedExample;
import org.lora4j.text.batch.BatchPlanner;
import org.lora4j.text.question.AnswerOptions;
import org.lora4j.text.question.QuestionReader;
import org.lora4j.text.question.QuestionSample;
import org.lora4j.text.question.QuestionWindow;
import org.lora4j.train.BatchSource;
import org.lora4j.train.checkpoint.TrainingIdentity;

/**
 * Questions about contexts, tokenized for a model and planned into batches that repeat from the
 * seed. A context that is longer than the longest length is divided into windows that overlap, as
 * in Hugging Face's run_qa.py; a window that does not have the whole answer learns that it has
 * none.
 *
 * <p>Immutable; safe to share between threads.
 */
public final class QuestionDataset implements BatchSource<SpanBatch> {
    private final List<QuestionWindow> windows;
    private final PlannedTexts texts;
    private final int questions;
    private final int longest;
    private final String source;
    private final String options;

    private QuestionDataset(
            List<QuestionWindow> windows,
            PlannedTexts texts,
            int questions,
            int longest,
            String source,
            String options) {
        this.windows = List.copyOf(windows);
        this.texts = texts;
        this.questions = questions;
        this.longest = longest;
        this.source = source;
        this.options = options;
    }

    /**
     * Tokenizes questions for training.
     *
     * @param model whose tokenizer is used
     * @param samples the questions
     * @param source what errors call them, such as a file's name
     * @param options how they are batched; the maximum length is that of a window
     * @param answers how contexts are divided
     * @throws IllegalArgumentException if there are none, it is not known of one what is right, or
     *     one leaves no room for its context
     * @throws IllegalStateException if the model finds no answers
     */
    public static QuestionDataset forTraining(
            TextModel model,
            List<QuestionSample> samples,
            String source,
            BatchOptions options,
            AnswerOptions answers) {
        requireLabelled(samples, source);
        return of(model, samples, source, options, answers, true);
    }

    /**
     * Reads a file of questions for training.
     *
     * @param model whose tokenizer is used
     * @param file the file, as {@link QuestionReader} reads it
     * @param options how they are batched; the maximum length is that of a window
     * @param answers how contexts are divided
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException as the method for questions in memory
     */
    public static QuestionDataset forTraining(
            TextModel model, Path file, BatchOptions options, AnswerOptions answers)
            throws IOException {
        List<QuestionSample> samples = QuestionReader.readAll(file);
        return forTraining(model, samples, file.toString(), options, answers);
    }

    /**
     * Tokenizes questions for evaluation: batches of like lengths, the same each time. Where one
     * has no answer, all may have none, and they are scored as by the script of SQuAD's version 2.
     *
     * @param model whose tokenizer is used
     * @param samples the questions
     * @param source what errors call them, such as a file's name
     * @param options how large the batches and the windows are
     * @param answers how contexts are divided and answers read
     * @throws IllegalArgumentException as for training
     */
    public static QuestionDataset forEvaluation(
            TextModel model,
            List<QuestionSample> samples,
            String source,
            BatchOptions options,
            AnswerOptions answers) {
        requireLabelled(samples, source);
        return of(model, samples, source, options, answers.fitting(samples), false);
    }

    /**
     * Reads a file of questions for evaluation.
     *
     * @param model whose tokenizer is used
     * @param file the file, as {@link QuestionReader} reads it
     * @param options how large the batches and the windows are
     * @param answers how contexts are divided and answers read
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException as for training
     */
    public static QuestionDataset forEvaluation(
            TextModel model, Path file, BatchOptions options, AnswerOptions answers)
            throws IOException {
        List<QuestionSample> samples = QuestionReader.readAll(file);
        return forEvaluation(model, samples, file.toString(), options, answers);
    }

    /**
     * Tokenizes questions for prediction alone.
     *
     * @param model whose tokenizer is used
     * @param samples the questions, at least one
     * @param source what errors call them
     * @param options how large the batches and the windows are
     * @param answers how contexts are divided and answers read
     * @throws IllegalArgumentException if there are none, or one leaves no room for its context
     * @throws IllegalStateException if the model finds no answers
     */
    public static QuestionDataset forPrediction(
            TextModel model,
            List<QuestionSample> samples,
            String source,
            BatchOptions options,
            AnswerOptions answers) {
        return of(model, samples, source, options, answers, false);
    }

    private static void requireLabelled(List<QuestionSample> samples, String source) {
        for (QuestionSample sample : samples) {
            if (!sample.isLabelled()) {
                throw new IllegalArgumentException(
                        "%s, %s: the question has no answers; expected answers, an empty list of them where there is none"
                                .formatted(source, sample.place()));
            }
        }
    }

    private static QuestionDataset of(
            TextModel model,
            List<QuestionSample> samples,
            String source,
            BatchOptions options,
            AnswerOptions answers,
            boolean training) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException(source + " has no questions; expected one at least");
        }
        if (model.target() != TextTarget.SPAN) {
            throw new IllegalStateException(
                    "the model finds no answers; expected one that was loaded with"
                            + " Task.questionAnswering()");
        }
        int longest = TextDataset.longest(model, options);
        List<QuestionWindow> windows = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            QuestionSample sample = samples.get(i);
            try {
                windows.addAll(QuestionWindow.of(model.tokenizer(), sample, i, longest, answers));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "%s, %s: %s".formatted(source, sample.place(), e.getMessage()), e);
            }
        }
        List<TokenizedExample> texts = new ArrayList<>();
        windows.forEach(window -> texts.add(window.tokens().example(texts.size(), 0)));
        TextDataset.requireKnown(
                model, PlannedTexts.greatestId(texts), PlannedTexts.greatestType(texts), source);
        int[] lengths = PlannedTexts.lengths(texts);
        BatchPlan plan =
                training
                        ? TextDataset.plan(lengths, options)
                        : BatchPlan.fixed(BatchPlanner.evaluation(lengths, options.batchSize()));
        return new QuestionDataset(
                windows,
                new PlannedTexts(texts, TextDataset.pad(model), plan),
                samples.size(),
                longest,
                source,
                options + ", " + answers);
    }

    @Override
    public Class<SpanBatch> batchType() {
        return SpanBatch.class;
    }

    @Override
    public Iterable<SpanBatch> epoch(int epoch) {
        return texts.epoch(epoch, this::batch);
    }

    private SpanBatch batch(int[] indices, PaddedBatch padded) {
        List<QuestionWindow> own = new ArrayList<>();
        for (int index : indices) {
            own.add(windows.get(index));
        }
        return new SpanBatch(padded, own);
    }

    @Override
    public int batchesPerEpoch(int epoch) {
        return texts.plan().batches(epoch);
    }

    /** Returns the file where there is one, a hash of tokens and answers, and the options. */
    @Override
    public TrainingIdentity identity() {
        MessageDigest digest = Sha256.digest();
        for (QuestionWindow window : windows) {
            Sha256.add(digest, window.tokens().ids());
            Sha256.add(digest, new int[] {window.first(), window.last()});
        }
        return DataIdentity.ofFile(source)
                .with("tokens and answers", "SHA-256 " + Sha256.hex(digest))
                .with("options", options);
    }

    /** Returns the number of questions. */
    public int size() {
        return questions;
    }

    /** Returns the number of windows that their contexts are divided into. */
    public int windows() {
        return windows.size();
    }

    /** Returns the tokens that a window may have: the options' length, or the model's positions. */
    public int longest() {
        return longest;
    }
}
