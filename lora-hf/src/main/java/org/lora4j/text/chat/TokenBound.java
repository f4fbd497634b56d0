/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import org.lora4j.text.tokenizer.NativeTokenizer;
import org.lora4j.text.tokenizer.UnicodeText;

/**
 * Refuses texts of too many tokens before they are tokenized whole. Tokens take a hundred times the
 * memory of their text, a text may come from anybody, and where memory ends in the middle of a
 * tokenization DJL's native code ends the JVM.
 */
public final class TokenBound {
    /** Texts up to this many characters are tokenized in any case. */
    static final int PIECE = 1 << 15;

    /** How many tokens more than the whole a piece may have, since words are cut at its ends. */
    private static final int CUT = 64;

    /** A token's id, text, place and masks, some three times over. */
    private static final int BYTES_A_TOKEN = 512;

    /** One character is up to three bytes, each of which may be a token. */
    private static final int TOKENS_A_CHARACTER = 3;

    private TokenBound() {}

    /**
     * Checks that a text's tokens fit into the heap.
     *
     * @throws IllegalArgumentException if they do not
     */
    public static void require(NativeTokenizer tokenizer, String text) {
        if (text.length() > PIECE) {
            long most = Runtime.getRuntime().maxMemory() / BYTES_A_TOKEN;
            require(tokenizer, text, most, "fit into Java's heap; expected a shorter one, or -Xmx");
        }
    }

    /**
     * Checks a text piece by piece; one that is hardly too long may pass.
     *
     * @param most how many tokens fit into a model
     * @throws IllegalArgumentException if it certainly has more
     */
    public static void require(NativeTokenizer tokenizer, String text, int most) {
        require(tokenizer, text, most, "fit; expected a shorter one");
    }

    private static void require(NativeTokenizer tokenizer, String text, long most, String which) {
        if (text.length() <= PIECE || text.length() <= most / TOKENS_A_CHARACTER) {
            return;
        }
        tokenizer.requireLength(text);
        long certain = 0;
        int from = 0;
        while (from < text.length()) {
            int to = Math.min(text.length(), from + PIECE);
            if (to < text.length() && Character.isHighSurrogate(text.charAt(to - 1))) {
                to--;
            }
            String piece = UnicodeText.wellFormed(text.substring(from, to));
            certain += Math.max(0, tokenizer.encode(piece, false).getIds().length - CUT);
            if (certain > most) {
                throw new IllegalArgumentException(
                        "a text of %s characters has more than %s tokens, the most that %s"
                                .formatted(text.length(), most, which));
            }
            from = to;
        }
    }
}
