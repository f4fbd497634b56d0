/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
     * What is done to scores and probabilities beside hiding padding.
     *
     * @param bias R, [heads or 1, t, t], added to the scores of a position (the row) with each
     *     position (the column), counted from the first of the text; of shorter texts its first
     *     rows and columns are read. Null for none
     * @param kept D, booleans, true where a probability is kept: for each group [b, heads, t or 1,
     *     t], one for texts of one length; empty where nothing is dropped
     * @param p the probability with which they were dropped, in [0, 1)
     */
    public record Changes(@Nullable NDArray bias, List<NDArray> kept, double p) {
        /** Copies the list. */
        public Changes {
            kept = List.copyOf(kept);
        }

        double keepScale() {
            return kept.isEmpty() ? 1 : Dropout.scale(p);
        }

        @Nullable NDArray only() {
            return kept.isEmpty() ? null : kept.get(0);
        }
    }

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
        return of(query, key, value, heads, place, masks, new Changes(null, List.of(), 0));
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
        return of(query, key, value, heads, place, masks, new Changes(null, kept, p));
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
        return alike(query, key, value, heads, texts, new Changes(null, List.of(), 0));
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
        return alike(query, key, value, heads, texts, new Changes(null, List.of(kept), p));
    }

    /**
     * Attention with a bias, with dropped probabilities, or with both: (softmax(Q Kᵀ / √d + R + M)
     * ∘ D / (1 - p)) V, the softmax in float32 where something is dropped.
     *
     * @param query [N, heads d], or [B, heads d] for one query of each text, its first position
     * @param key [N, heads d]
     * @param value [N, heads d]
     * @param heads the number of heads
     * @param place int64 [N]
     * @param masks for each group M, [b, 1, 1, t]
     * @param changes R and D; for each group one D
     * @return shaped as query
     */
    public static NDArray of(
            NDArray query,
            NDArray key,
            NDArray value,
            int heads,
            NDArray place,
            NDList masks,
            Changes changes) {
        GradientTape tape = GradientTape.current();
        if (tape == null) {
            return Script.ATTENTION.array(
                    "grouped_attention",
                    query,
                    key,
                    value,
                    heads,
                    place,
                    masks,
                    changes.bias(),
                    changes.kept(),
                    changes.keepScale());
        }
        List<NDArray> inputs = List.of(query, key, value);
        return TapedAttention.grouped(tape, inputs, heads, 0, place, masks, changes);
    }

    /**
     * Attention of texts of one length with a bias, with dropped probabilities, or with both.
     *
     * @param query [B t, heads d], or [B, heads d] for one query of each text, its first position
     * @param key [B t, heads d]
     * @param value [B t, heads d]
     * @param heads the number of heads
     * @param texts B
     * @param changes R and D
     * @return shaped as query
     */
    public static NDArray alike(
            NDArray query, NDArray key, NDArray value, int heads, int texts, Changes changes) {
        GradientTape tape = GradientTape.current();
        if (tape != null) {
            List<NDArray> inputs = List.of(query, key, value);
            return TapedAttention.grouped(tape, inputs, heads, texts, null, List.of(), changes);
        }
        NDArray q = byText(query, texts);
        NDArray k = byText(key, texts);
        NDArray v = byText(value, texts);
        return Script.ATTENTION
                .array(
                        "biased_attention",
                        q,
                        k,
                        v,
                        heads,
                        changes.bias(),
                        changes.only(),
                        changes.keepScale())
                .reshape(query.getShape());
    }

    private static NDArray byText(NDArray rows, int texts) {
        return rows.reshape(texts, -1, rows.getShape().get(1));
    }
}
