/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.util.Arrays;

/**
 * The tokens of a sample and which of them are learnt. The first token follows nothing, so it is
 * never predicted, whatever its mark says. The arrays are handed out without a copy: nobody writes
 * to them.
 */
public final class SampleTokens {
    private final int[] ids;
    private final boolean[] learnt;
    private final boolean straddled;

    /**
     * Makes tokens; the arrays become its own.
     *
     * @param ids token ids
     * @param learnt whether the model learns to predict each token, as long as ids
     * @param straddled whether a token holds the end of what is given and the start of what is to
     *     be learnt
     * @throws IllegalArgumentException if the arrays differ in length
     */
    public SampleTokens(int[] ids, boolean[] learnt, boolean straddled) {
        if (ids.length != learnt.length) {
            throw new IllegalArgumentException(
                    "ids has " + ids.length + " tokens, learnt " + learnt.length);
        }
        this.ids = ids;
        this.learnt = learnt;
        this.straddled = straddled;
    }

    /**
     * Token ids.
     *
     * @return [length]
     */
    public int[] ids() {
        return ids;
    }

    /**
     * Whether the model learns to predict each token.
     *
     * @return [length]
     */
    public boolean[] learnt() {
        return learnt;
    }

    /**
     * Whether a token holds the end of what is given and the start of what is to be learnt: what is
     * given, tokenized alone, would have other tokens.
     *
     * @return whether that is so
     */
    public boolean straddled() {
        return straddled;
    }

    /**
     * The number of tokens.
     *
     * @return 0 or more
     */
    public int length() {
        return ids.length;
    }

    /**
     * The number of tokens that are predicted and learnt: the marked ones but the first of all.
     *
     * @return the sample's loss terms, 0 or more
     */
    public int lossTerms() {
        int terms = 0;
        for (int i = 1; i < learnt.length; i++) {
            terms += learnt[i] ? 1 : 0;
        }
        return terms;
    }

    /**
     * The first tokens of these.
     *
     * @param longest how many at most, at least 1
     * @return these, or a copy of the first of them
     */
    SampleTokens cut(int longest) {
        return ids.length <= longest
                ? this
                : new SampleTokens(
                        Arrays.copyOf(ids, longest), Arrays.copyOf(learnt, longest), straddled);
    }
}
