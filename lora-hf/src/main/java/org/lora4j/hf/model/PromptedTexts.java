/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import java.util.Arrays;
import org.lora4j.text.PaddedBatch;

/** Puts virtual tokens before the texts of a padded batch. */
public final class PromptedTexts {
    private PromptedTexts() {}

    /**
     * Returns a batch with virtual tokens, of type 0, before each text.
     *
     * @param texts the batch
     * @param virtual how many; 0 gives the batch itself
     */
    public static PaddedBatch of(PaddedBatch texts, int virtual) {
        if (virtual == 0) {
            return texts;
        }
        int columns = texts.columns() + virtual;
        int[] lengths = texts.lengths().clone();
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] += virtual;
        }
        long[] ids = widened(texts.ids(), texts.rows(), virtual, 0);
        for (int row = 0; row < texts.rows(); row++) {
            for (int v = 0; v < virtual; v++) {
                ids[row * columns + v] = -1L - v;
            }
        }
        return new PaddedBatch(
                texts.rows(),
                columns,
                texts.indices(),
                lengths,
                ids,
                widened(texts.typeIds(), texts.rows(), virtual, 0),
                widened(texts.attentionMask(), texts.rows(), virtual, 1));
    }

    private static long[] widened(long[] values, int rows, int virtual, long before) {
        int columns = values.length / rows;
        long[] wide = new long[Math.multiplyExact(rows, columns + virtual)];
        for (int row = 0; row < rows; row++) {
            int start = row * (columns + virtual);
            Arrays.fill(wide, start, start + virtual, before);
            System.arraycopy(values, row * columns, wide, start + virtual, columns);
        }
        return wide;
    }
}
