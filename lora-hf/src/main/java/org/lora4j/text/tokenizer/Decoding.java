/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer;

import org.jspecify.annotations.Nullable;

/**
 * What transformers does to a text that the native side has decoded.
 *
 * @param cleansUp whether the spaces before English punctuation and contractions are taken out
 * @param wordEnd a mark at the end of words that becomes a space, or null
 */
public record Decoding(boolean cleansUp, @Nullable String wordEnd) {
    private static final String[] SPACES = {
        " .", ".", " ?", "?", " !", "!", " ,", ",", " ' ", "'", " n't", "n't", " 'm", "'m", " 's",
        "'s", " 've", "'ve", " 're", "'re"
    };

    /**
     * Finishes a text.
     *
     * @param decoded what the native side decoded
     * @return the text that transformers gives
     */
    public String finish(String decoded) {
        String text = decoded;
        if (wordEnd != null) {
            text = text.replace(wordEnd, " ").strip();
        }
        if (cleansUp) {
            for (int i = 0; i < SPACES.length; i += 2) {
                text = text.replace(SPACES[i], SPACES[i + 1]);
            }
        }
        return text;
    }
}
