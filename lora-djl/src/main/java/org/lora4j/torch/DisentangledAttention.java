/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.operation.Script;
import org.lora4j.torch.tape.GradientTape;

/**
 * DeBERTa's attention (He et al., 2020, arXiv:2006.03654) inside each of B texts that lie one after
 * another: a score is s (qᵢ kⱼᵀ + qᵢ p(i, j)ᵀ + kⱼ r(i, j)ᵀ), where p and r are the key and the
 * query of the relative position of i and j. The texts are padded in groups as in {@link
 * GroupedAttention}. Thread-safe.
 */
public final class DisentangledAttention {
    private DisentangledAttention() {}

    /**
     * Keys and queries of relative positions.
     *
     * @param keys p, [R, heads d]; null where scores do not read them
     * @param queries r, [R, heads d]; null where scores do not read them
     * @param rows int64 [T, T]: the row of p and r of each position (the row) with each position
     *     (the column) of the longest text
     */
    public record Relative(@Nullable NDArray keys, @Nullable NDArray queries, NDArray rows) {}

    /**
     * Where the texts lie.
     *
     * @param count B
     * @param place int64 [N]: the row of each token among the Σ b t rows of the padded groups; null
     *     for texts of one length
     * @param masks for each group [b, 1, 1, t]: 0 at tokens, the lowest number at padding; empty
     *     for texts of one length
     */
    public record Texts(int count, @Nullable NDArray place, NDList masks) {}

    /**
     * Returns the relative positions of a text as rows of a table of 2 span positions. Up to
     * buckets / 2 positions apart each distance has a row of its own; greater ones share rows by
     * their logarithm.
     *
     * @param like whose manager owns the result
     * @param length T
     * @param span half of the table's rows
     * @param buckets how many rows one side has; 0 or less for a row for each distance
     * @param longest the distance at which the buckets end
     * @return which of the R rows in use each pair of positions has, int64 [T, T]; and these rows
     *     of the table, int64 [R]
     */
    public static NDList positions(NDArray like, int length, int span, int buckets, int longest) {
        return Script.DISENTANGLED.list("positions", like, length, span, buckets, longest);
    }

    /**
     * Attends: softmax of the scores, in float32 at least, times V.
     *
     * @param query [N, heads d], or [B, heads d] for one query of each text, its first position
     * @param key [N, heads d]
     * @param value [N, heads d]
     * @param relative p and r, or null where scores read contents alone
     * @param heads the number of heads
     * @param scale s
     * @param texts where the texts lie
     * @param kept booleans, true where a probability is kept: for each group [b, heads, t or 1, t],
     *     one for texts of one length; empty where nothing is dropped
     * @param p the probability with which they were dropped, in [0, 1)
     * @return shaped as query
     */
    public static NDArray of(
            NDArray query,
            NDArray key,
            NDArray value,
            @Nullable Relative relative,
            int heads,
            double scale,
            Texts texts,
            List<NDArray> kept,
            double p) {
        NDArray keys = relative == null ? null : relative.keys();
        NDArray queries = relative == null ? null : relative.queries();
        NDArray rows = relative == null ? null : relative.rows();
        double keepScale = kept.isEmpty() ? 1 : Dropout.scale(p);
        NDArray out =
                Script.DISENTANGLED.array(
                        "attention",
                        query,
                        key,
                        value,
                        keys,
                        queries,
                        rows,
                        heads,
                        scale,
                        texts.count(),
                        texts.place(),
                        texts.masks(),
                        kept,
                        keepScale);
        GradientTape tape = GradientTape.current();
        if (tape == null) {
            return out;
        }
        List<NDArray> inputs = new ArrayList<>(List.of(query, key, value));
        List<NDArray> constants = new ArrayList<>();
        if (rows != null) {
            constants.add(rows);
        }
        if (texts.place() != null) {
            constants.add(texts.place());
        }
        if (keys != null) {
            inputs.add(keys);
        }
        if (queries != null) {
            inputs.add(queries);
        }
        constants.addAll(texts.masks());
        constants.addAll(kept);
        int first = rows == null ? 0 : 1;
        int second = first + (texts.place() == null ? 0 : 1);
        int third = second + texts.masks().size();
        boolean hasKeys = keys != null;
        boolean hasQueries = queries != null;
        return TapedAttention.recomputed(
                tape,
                inputs,
                constants,
                out,
                (g, in, fixed) ->
                        Script.DISENTANGLED.list(
                                "attention_back",
                                g,
                                in.get(0),
                                in.get(1),
                                in.get(2),
                                hasKeys ? in.get(3) : null,
                                hasQueries ? in.get(hasKeys ? 4 : 3) : null,
                                first == 0 ? null : fixed.get(0),
                                heads,
                                scale,
                                texts.count(),
                                second == first ? null : fixed.get(first),
                                new NDList(fixed.subList(second, third)),
                                new NDList(fixed.subList(third, fixed.size())),
                                keepScale));
    }
}
