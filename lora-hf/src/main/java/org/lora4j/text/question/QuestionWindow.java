/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.question;

import java.util.ArrayList;
import java.util.List;
import org.lora4j.text.AlignedTokens;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.TokenWindows;

/**
 * A question with its context, or with a window of a context that is longer than the model reads at
 * once.
 *
 * @param question the question's place among the questions
 * @param sample the question
 * @param options how answers are read
 * @param tokens the tokens, of which text 0 is the question and text 1 the window
 * @param first the token with which the answer begins: that of {@link #none} where the window does
 *     not have the whole of it, -1 where nothing is known
 * @param last the token with which the answer ends, likewise
 */
public record QuestionWindow(
        int question,
        QuestionSample sample,
        AnswerOptions options,
        AlignedTokens tokens,
        int first,
        int last) {
    /**
     * Tokenizes a question, as run_qa.py does: without spaces before it.
     *
     * @param question its place among the questions
     * @param longest the most tokens of a window
     * @throws IllegalArgumentException if the question leaves no room for the context
     */
    public static List<QuestionWindow> of(
            TextTokenizer tokenizer,
            QuestionSample sample,
            int question,
            int longest,
            AnswerOptions options) {
        AlignedTokens whole = tokenizer.align(sample.question().stripLeading(), sample.context());
        int stride = Math.min(options.stride(), longest / 3);
        List<QuestionWindow> windows = new ArrayList<>();
        for (AlignedTokens tokens : TokenWindows.of(whole, longest, stride)) {
            int first = -1;
            int last = -1;
            if (sample.isLabelled()) {
                int none = none(tokens);
                first = none;
                last = none;
                if (!sample.answers().isEmpty() && holds(tokens, sample.answers().get(0))) {
                    first = first(tokens, sample.answers().get(0));
                    last = last(tokens, sample.answers().get(0));
                }
            }
            windows.add(new QuestionWindow(question, sample, options, tokens, first, last));
        }
        return windows;
    }

    /** Whether the window has the whole answer. */
    private static boolean holds(AlignedTokens tokens, GoldAnswer answer) {
        int[] own = tokens.tokensOf(1);
        return own.length > 0
                && tokens.starts()[own[0]] <= answer.start()
                && tokens.ends()[own[own.length - 1]] >= answer.end();
    }

    private static int first(AlignedTokens tokens, GoldAnswer answer) {
        for (int token : tokens.tokensOf(1)) {
            if (tokens.ends()[token] > answer.start()) {
                return token;
            }
        }
        throw new IllegalStateException("no token ends after the answer's start");
    }

    private static int last(AlignedTokens tokens, GoldAnswer answer) {
        int last = -1;
        for (int token : tokens.tokensOf(1)) {
            if (tokens.starts()[token] < answer.end()) {
                last = token;
            }
        }
        return last;
    }

    /** Returns the token that stands for no answer: the first special one, such as [CLS]. */
    public int none() {
        return none(tokens);
    }

    private static int none(AlignedTokens tokens) {
        for (int i = 0; i < tokens.length(); i++) {
            if (tokens.isSpecial(i)) {
                return i;
            }
        }
        return 0;
    }
}
