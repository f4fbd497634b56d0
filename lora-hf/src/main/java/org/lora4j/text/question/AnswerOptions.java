/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.question;

import java.util.List;

/**
 * How contexts are divided into windows, and how answers are read off a model's outputs.
 *
 * @param stride how many tokens of a long context two neighbouring windows share; at most a third
 *     of a window's tokens are
 * @param longest the most tokens of an answer
 * @param candidates how many answers of a question are kept, the best ones
 * @param allowNone whether a context may have no answer
 * @param threshold by how much the score of no answer must exceed that of the best answer to be
 *     chosen; scores are sums of two logits
 */
public record AnswerOptions(
        int stride, int longest, int candidates, boolean allowNone, double threshold) {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public AnswerOptions {
        if (stride < 0 || longest < 1 || candidates < 1 || Double.isNaN(threshold)) {
            throw new IllegalArgumentException(
                    "stride %d, answers of %d tokens, %d candidates, threshold %s; expected at least 0, 1 and 1, and a number"
                            .formatted(stride, longest, candidates, threshold));
        }
    }

    /**
     * Returns those of Hugging Face's run_qa.py: windows share 128 tokens, answers have at most 30,
     * 20 are kept, each context has an answer, threshold 0.
     */
    public static AnswerOptions defaults() {
        return new AnswerOptions(128, 30, 20, false, 0);
    }

    /** Returns these with another number of tokens that windows share. */
    public AnswerOptions withStride(int value) {
        return new AnswerOptions(value, longest, candidates, allowNone, threshold);
    }

    /** Returns these with another length of answers, in tokens. */
    public AnswerOptions withLongest(int value) {
        return new AnswerOptions(stride, value, candidates, allowNone, threshold);
    }

    /** Returns these with another number of answers that are kept. */
    public AnswerOptions withCandidates(int value) {
        return new AnswerOptions(stride, longest, value, allowNone, threshold);
    }

    /** Returns these with or without contexts that have no answer. */
    public AnswerOptions withNone(boolean value) {
        return new AnswerOptions(stride, longest, candidates, value, threshold);
    }

    /** Returns these; contexts may have no answer if one of the questions has none. */
    public AnswerOptions fitting(List<QuestionSample> questions) {
        boolean none = questions.stream().anyMatch(QuestionSample::isUnanswerable);
        return none ? withNone(true) : this;
    }

    /** Returns these with another threshold of no answer. */
    public AnswerOptions withThreshold(double value) {
        return new AnswerOptions(stride, longest, candidates, allowNone, value);
    }
}
