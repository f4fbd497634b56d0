/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import org.lora4j.torch.operation.Script;
import org.lora4j.torch.tape.GradientTape;

/**
 * Multi-head attention inside each of B texts that lie one after another, N tokens together,
 * without padding between them.
 *
 * <p>Texts of like lengths are padded together for the time of the operation: the first b₁ texts to
 * [b₁, t₁], the next b₂ to [b₂, t₂] and so on, as the masks' shapes say. All methods are
 * thread-safe; they throw {@link ai.djl.engine.EngineException} with libtorch's message when shapes
 * do not fit.
 */
public final class GroupedAttention {
    private GroupedAttention() {}

    /**
     * softmax(Q Kᵀ / √d + M) V for each text and head.
     *
     * @param query [N, heads d], or [B, heads d] for one query of each text
     * @param key [N, heads d]
     * @param value [N, heads d]
     * @param heads the number of heads
     * @param place int64 [N]: the row of each token among the Σ b t rows of the padded groups
     * @param masks for each group M, [b, 1, 1, t]: 0 at tokens, the lowest number at padding
     * @return shaped as query
     */
    public static NDArray of(
            NDArray query, NDArray key, NDArray value, int heads, NDArray place, NDList masks) {
        return padded(query, key, value, heads, place, masks, List.of(), 1);
    }

    /**
     * The same with dropped probabilities: (softmax(Q Kᵀ / √d + M) ∘ D / (1 - p)) V, the softmax in
     * float32.
     *
     * @param query [N, heads d], or [B, heads d] for one query of each text
     * @param key [N, heads d]
     * @param value [N, heads d]
     * @param heads the number of heads
     * @param place int64 [N]
     * @param masks for each group M, [b, 1, 1, t]
     * @param kept for each group D, [b, heads, t or 1, t], booleans, true where a probability is
     *     kept
     * @param p the probability with which they were dropped, in [0, 1)
     * @return shaped as query
     */
    public static NDArray of(
            NDArray query,
            NDArray key,
            NDArray value,
            int heads,
            NDArray place,
            NDList masks,
            NDList kept,
            double p) {
        return padded(query, key, value, heads, place, masks, kept, Dropout.scale(p));
    }

    /**
     * Attention inside each of B texts of one length, which needs no padding: softmax(Q Kᵀ / √d) V
     * for each head.
     *
     * @param query [B t, heads d], or [B, heads d] for one query of each text
     * @param key [B t, heads d]
     * @param value [B t, heads d]
     * @param heads the number of heads
     * @param texts B
     * @return shaped as query
     */
    public static NDArray alike(NDArray query, NDArray key, NDArray value, int heads, int texts) {
        return alike(query, key, value, heads, texts, List.of(), 1);
    }

    /**
     * The same with dropped probabilities: (softmax(Q Kᵀ / √d) ∘ D / (1 - p)) V, the softmax in
     * float32.
     *
     * @param query [B t, heads d], or [B, heads d] for one query of each text
     * @param key [B t, heads d]
     * @param value [B t, heads d]
     * @param heads the number of heads
     * @param texts B
     * @param kept D, [B, heads, t or 1, t], booleans, true where a probability is kept
     * @param p the probability with which they were dropped, in [0, 1)
     * @return shaped as query
     */
    public static NDArray alike(
            NDArray query,
            NDArray key,
            NDArray value,
            int heads,
            int texts,
            NDArray kept,
            double p) {
        return alike(query, key, value, heads, texts, List.of(kept), Dropout.scale(p));
    }

    private static NDArray padded(
            NDArray query,
            NDArray key,
            NDArray value,
            int heads,
            NDArray place,
            NDList masks,
            List<NDArray> kept,
            double keepScale) {
        GradientTape tape = GradientTape.current();
        if (tape == null) {
            return Script.ATTENTION.array(
                    "grouped_attention", query, key, value, heads, place, masks, kept, keepScale);
        }
        List<NDArray> inputs = List.of(query, key, value);
        return TapedAttention.grouped(tape, inputs, heads, 0, place, masks, kept, keepScale);
    }

    /**
     * @param kept D, or an empty list where nothing is dropped
     */
    private static NDArray alike(
            NDArray query,
            NDArray key,
            NDArray value,
            int heads,
            int texts,
            List<NDArray> kept,
            double keepScale) {
        GradientTape tape = GradientTape.current();
        if (tape != null) {
            List<NDArray> inputs = List.of(query, key, value);
            return TapedAttention.grouped(
                    tape, inputs, heads, texts, null, List.of(), kept, keepScale);
        }
        NDArray q = byText(query, texts);
        NDArray k = byText(key, texts);
        NDArray v = byText(value, texts);
        NDArray drop = kept.isEmpty() ? null : kept.get(0);
        return Script.ATTENTION
                .array("attention", q, k, v, heads, null, drop, keepScale)
                .reshape(query.getShape());
    }

    private static NDArray byText(NDArray rows, int texts) {
        return rows.reshape(texts, -1, rows.getShape().get(1));
    }
}
