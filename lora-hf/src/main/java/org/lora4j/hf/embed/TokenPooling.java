/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.embed;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.torch.Embeddings;
import org.lora4j.torch.Sequences;
import org.lora4j.torch.Torch;

/**
 * Pools the hidden states of texts that lie one after another.
 *
 * @param poolings how
 * @param order which text of the batch each laid out one is
 * @param lengths its tokens
 * @param skipped its first tokens that are not pooled, those of a prompt; a text of fewer tokens
 *     keeps its last one
 */
@SuppressWarnings("ArrayRecordComponent") // of one batch, read only
record TokenPooling(List<Pooling> poolings, int[] order, int[] lengths, int skipped) {

    static TokenPooling of(EmbeddingForm form, TokenLayout layout, int promptTokens) {
        return new TokenPooling(
                form.poolings(),
                layout.order(),
                layout.lengths(),
                form.includePrompt() ? 0 : promptTokens);
    }

    /**
     * Pools.
     *
     * @param scope who owns what is read besides
     * @param hidden [N, H]
     * @return [B, H] for each pooling, side by side, in the order of the texts
     */
    NDArray apply(NDManager scope, NDArray hidden) {
        NDList parts = new NDList();
        for (Pooling pooling : poolings) {
            NDArray part = pool(scope, hidden, pooling);
            part.attach(scope);
            parts.add(part);
        }
        return parts.size() == 1 ? parts.head() : Embeddings.joined(parts);
    }

    private NDArray pool(NDManager scope, NDArray hidden, Pooling pooling) {
        return switch (pooling) {
            case CLS -> Sequences.take(hidden, longs(scope, ends(true)));
            case LAST_TOKEN -> Sequences.take(hidden, longs(scope, ends(false)));
            case MAX -> Embeddings.maximum(hidden, longs(scope, padded()), order.length);
            default -> sum(scope, hidden, pooling);
        };
    }

    private int first(int text) {
        return Math.min(skipped, lengths[text] - 1);
    }

    /** The row of the first or last pooled token of each text, in the order of the batch. */
    private long[] ends(boolean first) {
        long[] rows = new long[order.length];
        long start = 0;
        for (int i = 0; i < order.length; i++) {
            rows[order[i]] = start + (first ? first(i) : lengths[i] - 1);
            start += lengths[i];
        }
        return rows;
    }

    /** The rows of each text, the last one repeated so that all texts have as many. */
    private long[] padded() {
        int width = 1;
        for (int i = 0; i < lengths.length; i++) {
            width = Math.max(width, lengths[i] - first(i));
        }
        long[] rows = new long[Math.multiplyExact(order.length, width)];
        long start = 0;
        for (int i = 0; i < order.length; i++) {
            for (int k = 0; k < width; k++) {
                rows[order[i] * width + k] = start + Math.min(first(i) + k, lengths[i] - 1);
            }
            start += lengths[i];
        }
        return rows;
    }

    private NDArray sum(NDManager scope, NDArray hidden, Pooling pooling) {
        int tokens = 0;
        for (int length : lengths) {
            tokens += length;
        }
        long[] texts = new long[tokens];
        float[] weights = new float[tokens];
        float[] scales = new float[order.length];
        int row = 0;
        for (int i = 0; i < order.length; i++) {
            double total = 0;
            for (int k = 0; k < lengths[i]; k++, row++) {
                texts[row] = order[i];
                if (k >= first(i)) {
                    weights[row] = pooling == Pooling.WEIGHTED_MEAN ? k + 1 : 1;
                    total += weights[row];
                }
            }
            double divisor = pooling == Pooling.MEAN_SQRT_LENGTH ? Math.sqrt(total) : total;
            scales[order[i]] = (float) (1 / divisor);
        }
        return Embeddings.weightedSum(
                hidden, longs(scope, texts), floats(scope, weights), floats(scope, scales));
    }

    private static NDArray longs(NDManager scope, long[] values) {
        return copied(scope, scope.create(values));
    }

    private static NDArray floats(NDManager scope, float[] values) {
        return copied(scope, scope.create(values));
    }

    /** Gradients read it: see Torch.copy. */
    private static NDArray copied(NDManager scope, NDArray array) {
        try (array) {
            NDArray copy = Torch.copy(array);
            copy.attach(scope);
            return copy;
        }
    }
}
