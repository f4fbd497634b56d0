/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.bert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import org.lora4j.hf.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;

/**
 * Token ids and token types [B, T] to hidden states [B, T, H]: the sum of word, type and position
 * vectors, normalised.
 */
final class BertEmbeddings extends FamilyBlock {
    private final Slot words;
    private final Slot positions;
    private final Slot types;
    private final Slot norm;
    private final HiddenDropout dropout;

    @SuppressWarnings("this-escape")
    BertEmbeddings(String path, BertConfig config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        int hidden = config.hiddenSize();
        words =
                child(
                        "word_embeddings",
                        weights.embedding(
                                path + ".word_embeddings", config.vocabularySize(), hidden));
        positions =
                child(
                        "position_embeddings",
                        weights.embedding(
                                path + ".position_embeddings", config.positions(), hidden));
        types =
                child(
                        "token_type_embeddings",
                        weights.embedding(path + ".token_type_embeddings", config.types(), hidden));
        norm =
                child(
                        "LayerNorm",
                        weights.layerNorm(path + ".LayerNorm", hidden, config.layerNormEps()));
        dropout = new HiddenDropout(path + ".dropout", config.hiddenDropout(), dropouts);
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray ids = inputs.get(0);
        NDArray typeIds = inputs.get(1);
        NDManager outer = ids.getManager();
        try (NDManager scope = outer.newSubManager()) {
            scope.tempAttachAll(ids, typeIds);
            int length = Math.toIntExact(ids.getShape().get(1));
            NDArray position =
                    scope.arange(0, length, 1, DataType.INT64, ids.getDevice()).expandDims(0);
            NDArray sum =
                    words.apply(pass, ids)
                            .add(types.apply(pass, typeIds))
                            .add(positions.apply(pass, position));
            NDArray out = dropout.apply(pass, norm.apply(pass, sum));
            out.attach(outer);
            return new NDList(out);
        }
    }
}
