/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.predict;

import java.util.ArrayList;
import java.util.List;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.data.QuestionDataset;
import org.lora4j.text.TextTarget;
import org.lora4j.text.question.Answer;
import org.lora4j.text.question.AnswerOptions;
import org.lora4j.text.question.AnswerReading;
import org.lora4j.text.question.QuestionSample;

/**
 * Answers questions by parts of their contexts. A context that is longer than the model's positions
 * is read in windows that overlap.
 *
 * <p>Thread-safe; questions of a call are run together, with the adapters that are active on the
 * calling thread when it begins. The model stays the caller's: where it is closed, calls end with
 * an IllegalStateException.
 */
public final class QuestionAnswerer {
    private final LoraModel model;
    private final int batchSize;
    private final int maxLength;
    private final AnswerOptions options;

    private QuestionAnswerer(Builder builder) {
        model = builder.model;
        batchSize = builder.batchSize;
        maxLength = Math.min(builder.maxLength, model.maxPositions());
        options = builder.options;
    }

    /**
     * Starts an answerer.
     *
     * @param model a model that was loaded with {@link org.lora4j.hf.Task#questionAnswering}
     */
    public static Builder builder(LoraModel model) {
        return new Builder(model);
    }

    /**
     * Returns an answerer that expects an answer in each context and runs 32 windows at a time.
     *
     * @param model a model that was loaded with {@link org.lora4j.hf.Task#questionAnswering}
     * @throws IllegalStateException if it is for another task
     */
    public static QuestionAnswerer of(LoraModel model) {
        return builder(model).build();
    }

    /**
     * Answers a question.
     *
     * @param question the question
     * @param context the text that has the answer
     * @return the answer; {@link Answer#isNone} where the context is blank or, if that may be, has
     *     no answer
     * @throws IllegalArgumentException if the question is blank, or leaves no room for the context
     * @throws IllegalStateException if the model's head was drawn at random, or it is closed
     */
    public Answer answer(String question, String context) {
        return answers(List.of(new TextPair(question, context))).get(0).get(0);
    }

    /**
     * Answers questions.
     *
     * @param questions questions, each with its context
     * @return of each question the answers that are kept: the one that is chosen first, then the
     *     others, the likeliest first
     * @throws IllegalArgumentException as {@link #answer}
     * @throws IllegalStateException as {@link #answer}
     */
    public List<List<Answer>> answers(List<TextPair> questions) {
        if (questions.isEmpty()) {
            return List.of();
        }
        BatchOptions batches =
                BatchOptions.defaults().withBatchSize(batchSize).withMaxLength(maxLength);
        List<QuestionSample> samples =
                questions.stream()
                        .map(pair -> QuestionSample.of(pair.first(), pair.second()))
                        .toList();
        QuestionDataset data =
                QuestionDataset.forPrediction(model, samples, "questions", batches, options);
        List<List<AnswerReading>> read = new ArrayList<>();
        samples.forEach(each -> read.add(new ArrayList<>()));
        new Evaluator(model)
                .outputs(
                        data,
                        (batch, outputs) -> {
                            int each = outputs.length / batch.size();
                            for (int i = 0; i < batch.size(); i++) {
                                var window = batch.windows().get(i);
                                read.get(window.question())
                                        .add(AnswerReading.of(window, outputs, i * each));
                            }
                        });
        return read.stream().map(AnswerReading::answers).toList();
    }

    /** The settings of an answerer. */
    public static final class Builder {
        private final LoraModel model;
        private int batchSize = 32;
        private int maxLength = 384;
        private AnswerOptions options = AnswerOptions.defaults();

        private Builder(LoraModel model) {
            this.model = model;
        }

        /**
         * Sets how contexts are divided and answers read; by default {@link
         * AnswerOptions#defaults}.
         *
         * @param value the options; {@link AnswerOptions#withNone} lets a context have no answer
         */
        public Builder optAnswers(AnswerOptions value) {
            options = value;
            return this;
        }

        /**
         * Sets how many windows run together; by default 32.
         *
         * @param value at least 1
         */
        public Builder optBatchSize(int value) {
            batchSize = value;
            return this;
        }

        /**
         * Sets how many tokens a question has with a window of its context, special tokens
         * included; by default 384, at most the model's positions.
         *
         * @param value at least 1
         */
        public Builder optMaxLength(int value) {
            maxLength = value;
            return this;
        }

        /**
         * Makes the answerer.
         *
         * @throws IllegalArgumentException if a value is out of range
         * @throws IllegalStateException if the model does not answer questions
         */
        public QuestionAnswerer build() {
            if (batchSize < 1 || maxLength < 1) {
                throw new IllegalArgumentException(
                        "batch size %d and maximum length %d; expected at least 1"
                                .formatted(batchSize, maxLength));
            }
            if (model.target() != TextTarget.SPAN) {
                throw new IllegalStateException(
                        "the model answers no questions; expected one that was loaded with"
                                + " Task.questionAnswering()");
            }
            return new QuestionAnswerer(this);
        }
    }
}
