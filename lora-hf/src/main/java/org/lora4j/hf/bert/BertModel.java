/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.bert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import org.lora4j.hf.Checkpoint;
import org.lora4j.hf.encoder.BertLayer;
import org.lora4j.hf.encoder.EncoderConfig;
import org.lora4j.hf.encoder.EncoderEmbeddings;
import org.lora4j.hf.encoder.EncoderModel;
import org.lora4j.hf.encoder.PositionIds;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.Named;
import org.lora4j.torch.Torch;

/** The encoder and its pooler. */
final class BertModel extends EncoderModel {
    private final Slot pooler;

    @SuppressWarnings("this-escape")
    BertModel(String path, EncoderConfig config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        super(
                new EncoderEmbeddings(
                        path + ".embeddings", config, weights, dropouts, PositionIds.fromZero()),
                "encoder",
                BertLayer.all(path + ".encoder.layer", config, weights, dropouts));
        int hidden = config.hiddenSize();
        pooler =
                child(
                        "pooler",
                        new Named(
                                "dense",
                                weights.linearOrNew(path + ".pooler.dense", hidden, hidden)));
    }

    /** tanh(dense(x)): [B, H] to [B, H]. */
    NDArray pool(Pass pass, NDArray first) {
        return Torch.tanh(pooler.apply(pass, first));
    }

    /** Runs the encoder and the pooler on ids and token types, without a mask. */
    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray hidden = super.forward(pass, inputs).singletonOrThrow();
        return new NDList(pool(pass, hidden.get(":, 0")));
    }
}
