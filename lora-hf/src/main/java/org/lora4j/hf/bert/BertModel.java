/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.bert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.hf.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.ModuleList;
import org.lora4j.hf.nn.Named;
import org.lora4j.torch.Torch;

/** The encoder and its pooler. The last layer is computed only for the position that is pooled. */
final class BertModel extends FamilyBlock {
    private final Slot embeddings;
    private final Slot pooler;
    private final ModuleList layers;

    @SuppressWarnings("this-escape")
    BertModel(String path, BertConfig config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        embeddings =
                child(
                        "embeddings",
                        new BertEmbeddings(path + ".embeddings", config, weights, dropouts));
        List<BertLayer> all = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            all.add(new BertLayer(path + ".encoder.layer." + i, config, weights, dropouts));
        }
        layers = new ModuleList(all);
        child("encoder", new Named("layer", layers));
        int hidden = config.hiddenSize();
        pooler =
                child(
                        "pooler",
                        new Named(
                                "dense",
                                weights.linearOrNew(path + ".pooler.dense", hidden, hidden)));
    }

    int layerCount() {
        return layers.slots().size();
    }

    NDArray embed(Pass pass, NDArray ids, NDArray typeIds) {
        return embeddings.apply(pass, new NDList(ids, typeIds)).singletonOrThrow();
    }

    NDArray layer(int index, Pass pass, NDList hidden) {
        Slot slot = layers.slots().get(index);
        if (slot.block() instanceof BertLayer layer) {
            return layer.run(pass, hidden, index == layerCount() - 1);
        }
        return slot.apply(pass, hidden).singletonOrThrow(); // one that is trained whole
    }

    /** tanh(dense(first position)): [B, Q, H] to [B, H]. */
    NDArray pool(Pass pass, NDArray hidden) {
        return Torch.tanh(pooler.apply(pass, hidden.get(":, 0")));
    }

    /** Runs the encoder and the pooler on ids and token types, without a mask. */
    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray h = embed(pass, inputs.get(0), inputs.get(1));
        for (int i = 0; i < layerCount(); i++) {
            h = layer(i, pass, new NDList(h));
        }
        return new NDList(pool(pass, h));
    }
}
