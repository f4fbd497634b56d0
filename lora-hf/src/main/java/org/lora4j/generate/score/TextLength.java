/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate.score;

import org.jspecify.annotations.Nullable;

/**
 * How long a text may become.
 *
 * @param newTokens the most tokens to generate, or null
 * @param allTokens the most tokens of the prompt and the text together, where newTokens is null
 */
public record TextLength(@Nullable Integer newTokens, @Nullable Integer allTokens) {
    /** The default. */
    static final int DEFAULT_NEW_TOKENS = 60;

    /**
     * Returns how many tokens may follow a prompt.
     *
     * @throws IllegalArgumentException if none may
     */
    public int mostNewTokens(int prompt) {
        if (newTokens != null) {
            return newTokens;
        }
        if (allTokens == null) {
            return DEFAULT_NEW_TOKENS;
        }
        if (prompt >= allTokens) {
            throw new IllegalArgumentException(
                    ("the prompt has %s tokens, and the model's generation_config.json has"
                         + " max_length %s, which counts the prompt too; expected a shorter prompt,"
                         + " or maxNewTokens")
                            .formatted(prompt, allTokens));
        }
        return allTokens - prompt;
    }
}
