/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.batch;

import java.util.Arrays;
import java.util.List;

/** Lays samples one after another, each a segment, and shifts their labels. */
public final class SampleJoiner {
    private final long[] ids;
    private final long[] labels;
    private int size;

    private SampleJoiner(int tokens) {
        ids = new long[tokens];
        labels = new long[tokens];
    }

    /**
     * Joins the samples at some positions of a list, in that order.
     *
     * @throws ArithmeticException if there are more than 2^31 - 1 tokens
     */
    public static PackedTokens join(List<SampleTokens> samples, int[] indices) {
        int[] lengths = new int[indices.length];
        Arrays.setAll(lengths, i -> samples.get(indices[i]).length());
        SampleJoiner joiner = new SampleJoiner(Arrays.stream(lengths).reduce(0, Math::addExact));
        for (int index : indices) {
            joiner.append(samples.get(index));
        }
        return new PackedTokens(joiner.ids, joiner.labels, lengths, indices.clone());
    }

    private void append(SampleTokens sample) {
        int[] own = sample.ids();
        for (int i = 0; i < own.length; i++) {
            boolean learnt = i + 1 < own.length && sample.learnt()[i + 1];
            ids[size] = own[i];
            labels[size++] = learnt ? own[i + 1] : PackedTokens.IGNORED;
        }
    }
}
