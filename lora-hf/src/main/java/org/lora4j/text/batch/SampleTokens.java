/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.batch;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * The tokens of a sample and which of them are learnt. The first token follows nothing, so it is
 * never predicted, whatever its mark says. The arrays are handed out without a copy: nobody writes
 * to them.
 *
 * @param ids token ids [length]
 * @param learnt whether the model learns to predict each token [length]
 * @param straddled whether a token holds the end of what is given and the start of what is to be
 *     learnt: what is given, tokenized alone, would have other tokens
 * @param ends the ids of learnt tokens with which what the model writes ends: the end token of a
 *     completion, the one with which a chat template ends a message; empty where it learns no end
 */
@SuppressWarnings("ArrayRecordComponent") // read once, when a batch is joined
public record SampleTokens(int[] ids, boolean[] learnt, boolean straddled, Set<Integer> ends) {
    /**
     * Takes the arrays as its own and copies the set.
     *
     * @throws IllegalArgumentException if the arrays differ in length
     */
    public SampleTokens {
        if (ids.length != learnt.length) {
            throw new IllegalArgumentException(
                    "ids has " + ids.length + " tokens, learnt " + learnt.length);
        }
        ends = Set.copyOf(ends);
    }

    /** Makes tokens that teach no end. */
    public SampleTokens(int[] ids, boolean[] learnt, boolean straddled) {
        this(ids, learnt, straddled, Set.of());
    }

    /** Returns the number of tokens. */
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
     * Whether a token is learnt that is no end: of an empty completion only the end is.
     *
     * @return whether there is something to write
     */
    public boolean writes() {
        for (int i = 1; i < learnt.length; i++) {
            if (learnt[i] && !ends.contains(ids[i])) {
                return true;
            }
        }
        return false;
    }

    /**
     * The first tokens of these.
     *
     * @param longest how many at most, at least 1
     * @return these, or a copy of the first of them
     */
    public SampleTokens cut(int longest) {
        if (ids.length <= longest) {
            return this;
        }
        Set<Integer> left = new HashSet<>();
        for (int i = 0; i < longest; i++) {
            if (learnt[i] && ends.contains(ids[i])) {
                left.add(ids[i]);
            }
        }
        return new SampleTokens(
                Arrays.copyOf(ids, longest), Arrays.copyOf(learnt, longest), straddled, left);
    }
}
