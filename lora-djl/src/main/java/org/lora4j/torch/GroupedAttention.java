/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.List;
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
        GradientTape tape = GradientTape.current();
        return tape == null
                ? Script.ATTENTION.array(
                        "grouped_attention", query, key, value, heads, place, masks, List.of(), 1.0)
                : TapedAttention.grouped(
                        tape, List.of(query, key, value), heads, 0, place, masks, List.of(), 1);
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
        GradientTape tape = GradientTape.current();
        if (tape != null) {
            return TapedAttention.grouped(
                    tape,
                    List.of(query, key, value),
                    heads,
                    0,
                    place,
                    masks,
                    kept,
                    Dropout.scale(p));
        }
        return Script.ATTENTION.array(
                "grouped_attention",
                query,
                key,
                value,
                heads,
                place,
                masks,
                kept,
                Dropout.scale(p));
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
        GradientTape tape = GradientTape.current();
        if (tape != null) {
            return TapedAttention.grouped(
                    tape, List.of(query, key, value), heads, texts, null, List.of(), List.of(), 1);
        }
        NDArray attended =
                Torch.attention(
                        byText(query, texts), byText(key, texts), byText(value, texts), heads);
        return attended.reshape(query.getShape());
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
        GradientTape tape = GradientTape.current();
        if (tape != null) {
            return TapedAttention.grouped(
                    tape,
                    List.of(query, key, value),
                    heads,
                    texts,
                    null,
                    List.of(),
                    List.of(kept),
                    Dropout.scale(p));
        }
        NDArray attended =
                Dropout.attention(
                        byText(query, texts),
                        byText(key, texts),
                        byText(value, texts),
                        heads,
                        query.getManager().zeros(new Shape(1)),
                        kept,
                        p);
        return attended.reshape(query.getShape());
    }

    private static NDArray byText(NDArray rows, int texts) {
        return rows.reshape(texts, -1, rows.getShape().get(1));
    }
}
