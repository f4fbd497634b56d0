/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.torch.GroupedAttention;

/**
 * How the tokens of each text attend to one another: softmax(Q Kᵀ / √d + R) V for each head, with
 * dropped probabilities in training.
 *
 * @param heads the number of heads
 * @param dropout of the probabilities
 */
public record TextAttention(int heads, HiddenDropout dropout) {
    /**
     * Attends.
     *
     * @param pass how the model is run
     * @param q queries [N, heads d], or [B, heads d] of first tokens alone
     * @param k keys [N, heads d]
     * @param v values [N, heads d]
     * @param rows where the texts lie
     * @param bias R, [heads or 1, T, T], or null for none
     * @return shaped as q
     */
    public NDArray attend(
            Pass pass, NDArray q, NDArray k, NDArray v, TokenRows rows, @Nullable NDArray bias) {
        return rows.isPadded()
                ? inGroups(pass, q, k, v, rows, bias)
                : alike(pass, q, k, v, rows.texts(), bias);
    }

    /** Texts of one length are a rectangle as they lie. */
    private NDArray alike(
            Pass pass, NDArray q, NDArray k, NDArray v, int texts, @Nullable NDArray bias) {
        long queries = q.getShape().get(0) / texts;
        long keys = k.getShape().get(0) / texts;
        Shape scores = new Shape(texts, heads, queries, keys);
        NDArray drop = dropout.attentionMask(pass, q.getManager(), scores, 0, texts);
        return GroupedAttention.alike(
                q, k, v, heads, texts, changes(bias, drop == null ? List.of() : List.of(drop)));
    }

    private NDArray inGroups(
            Pass pass, NDArray q, NDArray k, NDArray v, TokenRows rows, @Nullable NDArray bias) {
        NDList masks = rows.masks();
        NDList drops = new NDList();
        boolean firstOnly = q.getShape().get(0) < k.getShape().get(0);
        int entry = 0;
        for (NDArray mask : masks) {
            int texts = (int) mask.getShape().get(0);
            long length = mask.getShape().get(3);
            Shape scores = new Shape(texts, heads, firstOnly ? 1 : length, length);
            NDArray drop = dropout.attentionMask(pass, q.getManager(), scores, entry, rows.texts());
            if (drop != null) {
                drops.add(drop);
            }
            entry += texts;
        }
        return GroupedAttention.of(q, k, v, heads, rows.padded(), masks, changes(bias, drops));
    }

    private GroupedAttention.Changes changes(@Nullable NDArray bias, List<NDArray> drops) {
        return new GroupedAttention.Changes(bias, drops, dropout.probability());
    }
}
