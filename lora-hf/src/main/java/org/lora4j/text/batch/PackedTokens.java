/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.batch;

import java.util.Arrays;
import java.util.List;

/**
 * Token sequences one after another, without padding, for a causal language model: S segments of N
 * tokens together.
 *
 * <p>Segments do not see each other: positions begin again with each, and attention stays inside.
 * {@code labels[i]} is what the model should say after reading {@code ids[i]}: the id of the next
 * token of the same segment, or {@link #IGNORED} where nothing is to be learnt and at the end of
 * each segment. Do not write into the arrays.
 *
 * @param ids token ids [N]
 * @param labels the ids that follow, or {@link #IGNORED} [N]
 * @param lengths the tokens of each segment, at least 1 [S]
 * @param indices the position in its dataset of each segment's example [S]
 * @param firsts the first token of each segment, or {@link #IGNORED} where that is not learnt: what
 *     a model should say after virtual tokens alone [S]
 */
@SuppressWarnings("ArrayRecordComponent") // handed to native memory as they are, once
public record PackedTokens(long[] ids, long[] labels, int[] lengths, int[] indices, long[] firsts) {
    /** The label of a token after which nothing is to be learnt; torch's ignore_index. */
    public static final long IGNORED = -100;

    /**
     * Checks that the arrays fit each other.
     *
     * @throws IllegalArgumentException if there is no segment, one is empty, the sizes differ, an
     *     id is negative, or the last token of a segment has a label
     */
    public PackedTokens {
        if (lengths.length == 0 || lengths.length != indices.length) {
            throw new IllegalArgumentException(
                    "%s segments of %s examples; expected one at least, and one example for each"
                            .formatted(lengths.length, indices.length));
        }
        long total = 0;
        for (int length : lengths) {
            if (length < 1) {
                throw new IllegalArgumentException(
                        "segments of " + Arrays.toString(lengths) + " tokens; expected 1 at least");
            }
            total += length;
            if (total <= labels.length && labels[(int) total - 1] != IGNORED) {
                throw new IllegalArgumentException(
                        ("token %s ends its segment and has the label %s; expected %s, since"
                                        + " nothing follows it")
                                .formatted(total - 1, labels[(int) total - 1], IGNORED));
            }
        }
        if (ids.length != total || labels.length != total) {
            throw new IllegalArgumentException(
                    "%s ids and %s labels for segments of %s tokens; expected as many of each"
                            .formatted(ids.length, labels.length, total));
        }
        for (long id : ids) {
            if (id < 0) {
                throw new IllegalArgumentException("token id " + id + "; expected 0 or more");
            }
        }
    }

    /**
     * Makes a batch in which no segment's first token is learnt.
     *
     * @param ids token ids
     * @param labels the ids that follow, or {@link #IGNORED}
     * @param lengths the tokens of each segment
     * @param indices the position in its dataset of each segment's example
     */
    public PackedTokens(long[] ids, long[] labels, int[] lengths, int[] indices) {
        this(ids, labels, lengths, indices, ignored(lengths.length));
    }

    private static long[] ignored(int count) {
        long[] firsts = new long[count];
        Arrays.fill(firsts, IGNORED);
        return firsts;
    }

    /**
     * Joins the samples at some positions of a list, in that order: each becomes a segment, and the
     * label of a token is the one after it, where that is learnt.
     *
     * @throws ArithmeticException if there are more than 2^31 - 1 tokens
     */
    public static PackedTokens join(List<SampleTokens> samples, int[] indices) {
        int[] lengths = Arrays.stream(indices).map(i -> samples.get(i).length()).toArray();
        long[] ids = new long[Arrays.stream(lengths).reduce(0, Math::addExact)];
        long[] labels = new long[ids.length];
        long[] firsts = ignored(indices.length);
        int at = 0;
        for (int segment = 0; segment < indices.length; segment++) {
            int[] own = samples.get(indices[segment]).ids();
            boolean[] learnt = samples.get(indices[segment]).learnt();
            if (learnt[0]) {
                firsts[segment] = own[0];
            }
            for (int i = 0; i < own.length; i++) {
                ids[at] = own[i];
                labels[at++] = i + 1 < own.length && learnt[i + 1] ? own[i + 1] : IGNORED;
            }
        }
        return new PackedTokens(ids, labels, lengths, indices.clone(), firsts);
    }

    /** Returns the number of tokens N. */
    public int tokens() {
        return ids.length;
    }

    /** Returns the number of segments S. */
    public int segments() {
        return lengths.length;
    }

    /** Returns how many tokens have a label that is not {@link #IGNORED}. */
    public int labelled() {
        return (int) Arrays.stream(labels).filter(label -> label != IGNORED).count();
    }

    /**
     * Returns how many tokens are learnt.
     *
     * @param withFirsts whether first tokens of segments count, as behind virtual tokens
     */
    public int labelled(boolean withFirsts) {
        long more = Arrays.stream(firsts).filter(first -> first != IGNORED).count();
        return labelled() + (withFirsts ? (int) more : 0);
    }

    /** Returns the place of each token in its segment, from 0 [N]. */
    public long[] positions() {
        long[] positions = new long[ids.length];
        int token = 0;
        for (int length : lengths) {
            for (int position = 0; position < length; position++) {
                positions[token++] = position;
            }
        }
        return positions;
    }
}
