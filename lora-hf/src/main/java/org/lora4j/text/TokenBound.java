/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;

/**
 * Refuses texts of too many tokens before they are tokenized whole: tokens take some hundred times
 * the memory of their text, and a text may come from anybody.
 */
final class TokenBound {
    /** Texts up to this many characters are tokenized in any case. */
    static final int PIECE = 1 << 15;

    /** How many tokens more than the whole a piece may have, since words are cut at its ends. */
    private static final int CUT = 64;

    private TokenBound() {}

    /**
     * Checks a text piece by piece; one that is hardly too long may pass.
     *
     * @throws IllegalArgumentException if it certainly has more tokens
     */
    static void require(HuggingFaceTokenizer tokenizer, String text, int most) {
        if (text.length() <= PIECE || most == Integer.MAX_VALUE) {
            return;
        }
        long certain = 0;
        int from = 0;
        while (from < text.length()) {
            int to = Math.min(text.length(), from + PIECE);
            if (to < text.length() && Character.isHighSurrogate(text.charAt(to - 1))) {
                to--;
            }
            String piece = TextTokenizer.wellFormed(text.substring(from, to));
            certain += Math.max(0, tokenizer.encode(piece, false, false).getIds().length - CUT);
            if (certain > most) {
                throw new IllegalArgumentException(
                        "a text of "
                                + text.length()
                                + " characters has more than "
                                + most
                                + " tokens, the most that fit; expected a shorter one");
            }
            from = to;
        }
    }
}
