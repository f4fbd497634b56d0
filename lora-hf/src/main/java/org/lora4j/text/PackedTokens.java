/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.util.List;
import org.lora4j.train.TrainingBatch;

/**
 * The tokens of some samples one after another, without padding: a batch for a causal language
 * model. Each sample is a segment by itself: attention stays inside it and its positions begin at
 * 0. Labels are shifted already: {@code labels[i]} is the token to be predicted at i, which is the
 * next one of the same segment, or {@value #IGNORED} where that one is not learnt or the segment
 * ends.
 *
 * <p>The arrays are the batch's own and are handed out without a copy: nobody writes to them. N is
 * the number of tokens, S that of segments.
 */
public final class PackedTokens implements TrainingBatch {
    /** The label of a position at which nothing is learnt, as in PyTorch. */
    public static final int IGNORED = -100;

    private final long[] ids;
    private final long[] labels;
    private final long[] positions;
    private final int[] lengths;
    private final int[] examples;
    private long count;

    private PackedTokens(int tokens, int segments) {
        ids = new long[tokens];
        labels = new long[tokens];
        positions = new long[tokens];
        lengths = new int[segments];
        examples = new int[segments];
    }

    /**
     * Joins samples.
     *
     * @param samples the samples in order, at least one, each with at least one token
     * @param examples the position of each sample in its dataset
     * @return the batch
     * @throws IllegalArgumentException if there is no sample, one has no tokens, or the numbers of
     *     samples and examples differ
     * @throws ArithmeticException if there are more than 2^31 - 1 tokens
     */
    public static PackedTokens of(List<SampleTokens> samples, int[] examples) {
        if (samples.isEmpty() || samples.size() != examples.length) {
            throw new IllegalArgumentException(
                    samples.size()
                            + " samples at "
                            + examples.length
                            + " positions; expected one at least, and as many positions");
        }
        int tokens = 0;
        for (int i = 0; i < examples.length; i++) {
            if (samples.get(i).length() == 0) {
                throw new IllegalArgumentException(
                        "example " + examples[i] + " has no tokens; expected one at least");
            }
            tokens = Math.addExact(tokens, samples.get(i).length());
        }
        PackedTokens packed = new PackedTokens(tokens, examples.length);
        int start = 0;
        for (int i = 0; i < examples.length; i++) {
            packed.examples[i] = examples[i];
            packed.lengths[i] = samples.get(i).length();
            packed.fill(start, samples.get(i));
            start += packed.lengths[i];
        }
        return packed;
    }

    private void fill(int start, SampleTokens sample) {
        int[] own = sample.ids();
        for (int i = 0; i < own.length; i++) {
            ids[start + i] = own[i];
            positions[start + i] = i;
            boolean learnt = i + 1 < own.length && sample.learnt()[i + 1];
            labels[start + i] = learnt ? own[i + 1] : IGNORED;
            count += learnt ? 1 : 0;
        }
    }

    /**
     * Token ids.
     *
     * @return [N]
     */
    public long[] ids() {
        return ids;
    }

    /**
     * The token to be predicted at each position, or {@value #IGNORED}.
     *
     * @return [N]
     */
    public long[] labels() {
        return labels;
    }

    /**
     * The position of each token in its segment, counted from 0.
     *
     * @return [N]
     */
    public long[] positions() {
        return positions;
    }

    /**
     * The number of tokens of each segment.
     *
     * @return [S], each at least 1, N together
     */
    public int[] lengths() {
        return lengths;
    }

    /**
     * The position of each segment's sample in its dataset.
     *
     * @return [S]
     */
    @Override
    public int[] examples() {
        return examples;
    }

    /** Returns S. */
    @Override
    public int size() {
        return lengths.length;
    }

    /** Returns the number of labels that are not {@value #IGNORED}. */
    @Override
    public long count() {
        return count;
    }

    /** Returns N. */
    @Override
    public long tokens() {
        return ids.length;
    }
}
