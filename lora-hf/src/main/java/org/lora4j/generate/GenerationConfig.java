/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.tokenizer.UnicodeText;

/**
 * How a text goes on: which token follows, and where the text ends. Names and meanings are those of
 * transformers' generation configuration; what it calls {@code do_sample=False} is a temperature of
 * 0 here.
 *
 * <p>A value that is not set (null) is taken from the model's own generation_config.json, or else
 * is the default that is named below. A value that is set wins over the file. Everything else in
 * the file, such as {@code no_repeat_ngram_size}, is honoured as in transformers' {@code generate}
 * or refused by its name: see {@link TextGenerator}.
 *
 * @param maxNewTokens the most tokens to generate, at least 1; by default 60
 * @param temperature what the scores are divided by before a token is drawn; 0 takes the best token
 *     always (greedy) and leaves topK and topP without effect. By default 0, or 1 where the file
 *     has {@code do_sample}
 * @param topK how many of the best tokens may be drawn, ties with the last of them included; 0 for
 *     all. By default 0, or 50 where the file has {@code do_sample}
 * @param topP the probability, in (0, 1], that the tokens which may be drawn have together: the
 *     smallest set of the best ones that reaches it; 1 for all, the default
 * @param repetitionPenalty what the scores of tokens of the prompt and of the text so far are
 *     divided by, or multiplied by where they are negative; 1 for none, the default
 * @param stopStrings texts that end the generation, beside those of the file; the result ends
 *     before the first of them. One that is a special token of the tokenizer, such as {@code
 *     <|im_end|>}, ends the generation where the model gives that token
 * @param stopTokens ids that end the generation, beside those that the model names itself
 * @param seed what tokens are drawn from: the same seed draws the same text
 */
public record GenerationConfig(
        @Nullable Integer maxNewTokens,
        @Nullable Double temperature,
        @Nullable Integer topK,
        @Nullable Double topP,
        @Nullable Double repetitionPenalty,
        List<String> stopStrings,
        Set<Integer> stopTokens,
        long seed) {
    /**
     * Checks the values and copies the collections.
     *
     * @throws IllegalArgumentException if a value is out of its range; the message names it
     */
    public GenerationConfig {
        if (maxNewTokens != null && maxNewTokens < 1) {
            throw wrong("maxNewTokens", maxNewTokens, "at least 1");
        }
        if (temperature != null && !(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw wrong("temperature", temperature, "0 for the best token always, or more");
        }
        if (topK != null && topK < 0) {
            throw wrong("topK", topK, "at least 1, or 0 for all tokens");
        }
        if (topP != null && !(topP > 0 && topP <= 1)) {
            throw wrong("topP", topP, "more than 0 and at most 1, which is all tokens");
        }
        if (repetitionPenalty != null
                && !(repetitionPenalty > 0 && repetitionPenalty < Double.POSITIVE_INFINITY)) {
            throw wrong("repetitionPenalty", repetitionPenalty, "more than 0; 1 is no penalty");
        }
        stopStrings = List.copyOf(stopStrings);
        for (String stop : stopStrings) {
            if (stop.isEmpty()) {
                throw new IllegalArgumentException(
                        "stopStrings has an empty text, which would end every text at once;"
                                + " expected texts of at least one character");
            }
            if (!UnicodeText.wellFormed(stop).equals(stop)) {
                throw new IllegalArgumentException(
                        "stopStrings has half a surrogate pair, which no text has; expected whole"
                                + " characters");
            }
        }
        stopTokens = Set.copyOf(stopTokens);
        for (int token : stopTokens) {
            if (token < 0) {
                throw wrong("stopTokens", token, "ids of at least 0");
            }
        }
    }

    /**
     * Sets nothing, so that the model's own generation_config.json decides; no stop strings and no
     * stop tokens beside the model's own, seed 0.
     *
     * @return these values
     */
    public static GenerationConfig defaults() {
        return builder().build();
    }

    /**
     * Starts from {@link #defaults()}.
     *
     * @return a builder, in which nothing is required
     */
    public static GenerationConfigBuilder builder() {
        return new GenerationConfigBuilder();
    }

    /**
     * Starts from these values.
     *
     * @return a builder
     */
    public GenerationConfigBuilder toBuilder() {
        return new GenerationConfigBuilder(this);
    }

    private static IllegalArgumentException wrong(String what, Object found, String expected) {
        return new IllegalArgumentException(what + " is " + found + "; expected " + expected);
    }
}
