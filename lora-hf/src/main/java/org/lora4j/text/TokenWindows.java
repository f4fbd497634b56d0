/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Windows of a text that is longer than a model reads at once. Each has all special tokens and, of
 * a pair, the whole first text; neighbours share a number of tokens, the stride, as those of the
 * tokenizers library do with {@code return_overflowing_tokens}.
 */
public final class TokenWindows {
    private TokenWindows() {}

    /**
     * Cuts a text, or the second text of a pair, into windows.
     *
     * @param whole its tokens
     * @param longest the most tokens of a window, special tokens included
     * @param stride how many tokens of the text two neighbours share
     * @return at least one
     * @throws IllegalArgumentException if a window has no room for more than the stride
     */
    public static List<AlignedTokens> of(AlignedTokens whole, int longest, int stride) {
        if (whole.length() <= longest) {
            return List.of(whole);
        }
        boolean pair = Arrays.stream(whole.texts()).anyMatch(text -> text == 1);
        int[] own = whole.tokensOf(pair ? 1 : 0);
        int room = longest - (whole.length() - own.length);
        if (room < 1) {
            throw new IllegalArgumentException(
                    "%d tokens have no room for the text: %s has %d; expected a greater length%s"
                            .formatted(
                                    longest,
                                    pair
                                            ? "the question, with special tokens,"
                                            : "what stands around it",
                                    longest - room,
                                    pair ? " or a shorter question" : ""));
        }
        if (room <= Math.max(0, stride)) {
            throw new IllegalArgumentException(
                    "%d tokens leave room for %d of the text beside the others, and windows share %d; expected a greater length, a smaller stride%s"
                            .formatted(
                                    longest, room, stride, pair ? " or a shorter question" : ""));
        }
        List<AlignedTokens> windows = new ArrayList<>();
        int text = pair ? 1 : 0;
        for (int from = 0; ; from += room - stride) {
            int to = Math.min(from + room, own.length);
            int first = own[from];
            int last = own[to - 1];
            windows.add(whole.only(i -> whole.texts()[i] != text || (i >= first && i <= last)));
            if (to == own.length) {
                return windows;
            }
        }
    }
}
