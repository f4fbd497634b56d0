/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.util.Arrays;
import java.util.List;

/**
 * Examples padded at the end to the longest of them, as flat row-major arrays. The arrays are
 * handed out without a copy: nobody writes to them.
 *
 * @param rows the number of examples, at least 1
 * @param columns the padded length, in tokens
 * @param indices the position of each row's example in its dataset [rows]
 * @param lengths the tokens of each row that are not padding [rows]
 * @param ids token ids [rows, columns]
 * @param typeIds token types (segments), 0 at padded positions [rows, columns]
 * @param attentionMask 1 at tokens, 0 at padded positions [rows, columns]
 */
@SuppressWarnings("ArrayRecordComponent") // handed to native memory as they are, once
public record PaddedBatch(
        int rows,
        int columns,
        int[] indices,
        int[] lengths,
        long[] ids,
        long[] typeIds,
        long[] attentionMask) {
    /**
     * Assembles a batch.
     *
     * @param examples its examples in order, at least one
     * @param padId the id at padded positions
     * @return the batch, as wide as its longest example, at least 1
     * @throws IllegalArgumentException if there are no examples
     */
    public static PaddedBatch of(List<TokenizedExample> examples, int padId) {
        if (examples.isEmpty()) {
            throw new IllegalArgumentException("no examples in the batch; expected at least one");
        }
        int rows = examples.size();
        int[] lengths = examples.stream().mapToInt(TokenizedExample::length).toArray();
        int columns = Math.max(1, Arrays.stream(lengths).max().orElseThrow());
        int size = Math.multiplyExact(rows, columns);
        long[] ids = new long[size];
        long[] typeIds = new long[size];
        long[] attentionMask = new long[size];
        Arrays.fill(ids, padId);
        for (int row = 0; row < rows; row++) {
            TokenizedExample example = examples.get(row);
            int start = row * columns;
            for (int i = 0; i < lengths[row]; i++) {
                ids[start + i] = example.ids()[i];
                typeIds[start + i] = example.typeIds()[i];
            }
            Arrays.fill(attentionMask, start, start + lengths[row], 1);
        }
        int[] indices = examples.stream().mapToInt(TokenizedExample::index).toArray();
        return new PaddedBatch(rows, columns, indices, lengths, ids, typeIds, attentionMask);
    }

    /**
     * Returns some of the rows, padded to the longest of them.
     *
     * @param chosen the rows' numbers, at least one
     */
    public PaddedBatch rows(int[] chosen) {
        int width = 1;
        for (int row : chosen) {
            width = Math.max(width, lengths[row]);
        }
        int[] itsIndices = new int[chosen.length];
        int[] itsLengths = new int[chosen.length];
        long[] itsIds = new long[chosen.length * width];
        long[] itsTypes = new long[itsIds.length];
        long[] itsMask = new long[itsIds.length];
        for (int i = 0; i < chosen.length; i++) {
            itsIndices[i] = indices[chosen[i]];
            itsLengths[i] = lengths[chosen[i]];
            int from = chosen[i] * columns;
            System.arraycopy(ids, from, itsIds, i * width, width);
            System.arraycopy(typeIds, from, itsTypes, i * width, width);
            System.arraycopy(attentionMask, from, itsMask, i * width, width);
        }
        return new PaddedBatch(
                chosen.length, width, itsIndices, itsLengths, itsIds, itsTypes, itsMask);
    }
}
