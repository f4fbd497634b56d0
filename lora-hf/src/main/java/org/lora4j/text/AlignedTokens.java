/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The tokens of a text or a pair of texts, and what of it each of them stands for. The arrays are
 * handed out without a copy: nobody writes to them.
 *
 * @param ids token ids [T], special tokens included
 * @param typeIds token types [T]
 * @param texts which text a token is of: 0, 1, or -1 for a special token [T]
 * @param starts where in its text a token begins, in UTF-16 units as {@link String#charAt} counts
 *     them [T]; 0 for a special token
 * @param ends where it ends [T]
 * @param words the number of the word of its text that a token is of, as the tokenizer divides it
 *     into words; -1 for a special token [T]
 */
@SuppressWarnings("ArrayRecordComponent") // read at once
public record AlignedTokens(
        int[] ids, int[] typeIds, int[] texts, int[] starts, int[] ends, int[] words) {
    /** Text of a special token. */
    private static final int NONE = -1;

    /**
     * Aligns an encoding.
     *
     * @param own how many tokens are of the first text
     */
    static AlignedTokens of(Encoding encoding, String text, String pair, int own) {
        long[] ids = encoding.getIds();
        long[] special = encoding.getSpecialTokenMask();
        long[] wordIds = encoding.getWordIds();
        CharSpan[] spans = encoding.getCharTokenSpans();
        int[][] places = {places(text), places(pair)};
        int length = ids.length;
        int[] texts = new int[length];
        int[] starts = new int[length];
        int[] ends = new int[length];
        int[] words = new int[length];
        int seen = 0;
        for (int i = 0; i < length; i++) {
            CharSpan span = spans[i];
            boolean none = special[i] != 0 || span == null;
            texts[i] = none ? NONE : seen++ < own ? 0 : 1;
            words[i] = none ? NONE : (int) wordIds[i];
            if (!none) {
                starts[i] = places[texts[i]][span.getStart()];
                ends[i] = places[texts[i]][span.getEnd()];
            }
        }
        return new AlignedTokens(
                ints(ids), ints(encoding.getTypeIds()), texts, starts, ends, words);
    }

    /** The UTF-16 place of each code point of a text, and of its end. */
    private static int[] places(String text) {
        int[] places = new int[text.codePointCount(0, text.length()) + 1];
        int at = 0;
        for (int i = 0; i < places.length; i++) {
            places[i] = at;
            at += at < text.length() ? Character.charCount(text.codePointAt(at)) : 0;
        }
        return places;
    }

    private static int[] ints(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }

    /** Returns the number of tokens. */
    public int length() {
        return ids.length;
    }

    /** Returns whether a token is one that the tokenizer's template adds. */
    public boolean isSpecial(int token) {
        return texts[token] == NONE;
    }

    /**
     * Returns the places of a text's tokens.
     *
     * @param text 0 or 1
     */
    public int[] tokensOf(int text) {
        return IntStream.range(0, length()).filter(i -> texts[i] == text).toArray();
    }

    /** Returns some of the tokens, in their order. */
    public AlignedTokens only(IntPredicate kept) {
        int[] places = IntStream.range(0, length()).filter(kept).toArray();
        return new AlignedTokens(
                at(ids, places),
                at(typeIds, places),
                at(texts, places),
                at(starts, places),
                at(ends, places),
                at(words, places));
    }

    private static int[] at(int[] values, int[] places) {
        return Arrays.stream(places).map(place -> values[place]).toArray();
    }

    /**
     * Returns the tokens as a model reads them.
     *
     * @param index the position of the example in its dataset
     * @param cut how many tokens were cut off
     */
    public TokenizedExample example(int index, int cut) {
        return new TokenizedExample(index, ids, typeIds, cut);
    }
}
