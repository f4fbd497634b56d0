/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.deberta;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.encoder.BertLayer;
import org.lora4j.hf.encoder.EncoderStack;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.torch.DisentangledAttention;

/** The layers, and the table of relative positions that all of them project. */
final class DebertaStack extends EncoderStack {
    private final DebertaConfig.@Nullable Relative relative;
    private final @Nullable Slot table;
    private final @Nullable Slot norm;

    @SuppressWarnings("this-escape")
    DebertaStack(String path, List<BertLayer> layers, DebertaConfig config, Checkpoint weights)
            throws IOException {
        super(layers);
        relative = config.relative();
        int hidden = config.numbers().hiddenSize();
        table =
                relative == null
                        ? null
                        : child(
                                "rel_embeddings",
                                weights.embedding(
                                        path + ".rel_embeddings",
                                        Math.multiplyExact(2, relative.span()),
                                        hidden));
        norm =
                config.normed()
                        ? child(
                                "LayerNorm",
                                weights.layerNorm(
                                        path + ".LayerNorm",
                                        hidden,
                                        config.numbers().layerNormEps()))
                        : null;
    }

    /**
     * The vectors of the relative positions that occur [R, H], and which of them each pair of
     * positions has [T, T].
     */
    @Override
    protected NDList shared(Pass pass, NDArray ids) {
        if (relative == null || table == null) {
            return new NDList();
        }
        int length = Math.toIntExact(ids.getShape().get(1));
        NDList found =
                DisentangledAttention.positions(
                        ids, length, relative.span(), relative.buckets(), relative.longest());
        // the rows are not closed here: a gradient of the table reads them
        NDArray vectors = table.apply(pass, found.get(1));
        return new NDList(norm == null ? vectors : norm.apply(pass, vectors), found.get(0));
    }
}
