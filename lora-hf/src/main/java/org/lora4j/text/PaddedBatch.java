/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.util.List;

/**
 * Examples padded at the end to the longest of them, as flat row-major arrays of shape [rows,
 * columns]. The arrays are the batch's own and are handed out without a copy.
 */
public final class PaddedBatch {
    private final int rows;
    private final int columns;
    private final int[] indices;
    private final int[] lengths;
    private final long[] ids;
    private final long[] typeIds;
    private final long[] attentionMask;

    private PaddedBatch(int rows, int columns) {
        this.rows = rows;
        this.columns = columns;
        this.indices = new int[rows];
        this.lengths = new int[rows];
        int positions = Math.multiplyExact(rows, columns);
        this.ids = new long[positions];
        this.typeIds = new long[positions];
        this.attentionMask = new long[positions];
    }

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
        int columns = 1;
        for (TokenizedExample example : examples) {
            columns = Math.max(columns, example.length());
        }
        PaddedBatch batch = new PaddedBatch(examples.size(), columns);
        for (int row = 0; row < batch.rows; row++) {
            batch.fill(row, examples.get(row), padId);
        }
        return batch;
    }

    private void fill(int row, TokenizedExample example, int padId) {
        int[] rowIds = example.ids();
        int[] rowTypes = example.typeIds();
        indices[row] = example.index();
        lengths[row] = rowIds.length;
        int start = row * columns;
        for (int i = 0; i < columns; i++) {
            boolean token = i < rowIds.length;
            ids[start + i] = token ? rowIds[i] : padId;
            typeIds[start + i] = token ? rowTypes[i] : 0;
            attentionMask[start + i] = token ? 1 : 0;
        }
    }

    /**
     * The number of examples.
     *
     * @return at least 1
     */
    public int rows() {
        return rows;
    }

    /**
     * The padded length.
     *
     * @return tokens a row
     */
    public int columns() {
        return columns;
    }

    /**
     * The position of each row's example in its dataset.
     *
     * @return [rows]
     */
    public int[] indices() {
        return indices;
    }

    /**
     * The tokens of each row that are not padding.
     *
     * @return [rows]
     */
    public int[] lengths() {
        return lengths;
    }

    /**
     * Token ids.
     *
     * @return [rows, columns]
     */
    public long[] ids() {
        return ids;
    }

    /**
     * Token types (segments), 0 at padded positions.
     *
     * @return [rows, columns]
     */
    public long[] typeIds() {
        return typeIds;
    }

    /**
     * 1 at tokens, 0 at padded positions.
     *
     * @return [rows, columns]
     */
    public long[] attentionMask() {
        return attentionMask;
    }
}
