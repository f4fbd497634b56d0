/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.ModuleList;
import org.lora4j.hf.nn.SingleChildBlock;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.torch.Torch;

/**
 * Embeddings, a stack of layers and, where the family has one, a pooler. Where a head reads each
 * text's first token alone, the last layer is computed for that one only: its output is [B, H].
 */
public final class EncoderModel extends FamilyBlock {
    private final Slot embeddings;
    private final String stack;
    private final ModuleList layers;
    private final @Nullable Slot pooler;

    /**
     * Joins the parts.
     *
     * @param embeddings ids and token types [B, T] and the places of tokens in them [N] to hidden
     *     states [N, H]
     * @param stack the name of the module that has the list of layers
     * @param layers at least one layer
     * @param pooler the linear layer of a pooler, or null
     */
    @SuppressWarnings("this-escape")
    public EncoderModel(
            EncoderEmbeddings embeddings,
            String stack,
            List<? extends EncoderLayer> layers,
            @Nullable Block pooler) {
        this.embeddings = child("embeddings", embeddings);
        this.stack = stack;
        this.layers = new ModuleList(layers);
        child(stack, new SingleChildBlock("layer", this.layers));
        this.pooler =
                pooler == null ? null : child("pooler", new SingleChildBlock("dense", pooler));
    }

    int layerCount() {
        return layers.slots().size();
    }

    /** Returns the paths of the modules that only name others, for a model at a path. */
    List<String> frames(String path) {
        return List.of(path, path + "." + stack, path + "." + stack + ".layer");
    }

    NDArray embed(Pass pass, NDList inputs) {
        return embeddings.apply(pass, inputs).singletonOrThrow();
    }

    NDArray layer(int index, Pass pass, NDList hidden, boolean firstOnly) {
        Slot slot = layers.slots().get(index);
        if (slot.block() instanceof EncoderLayer layer) {
            return layer.run(pass, hidden, firstOnly);
        }
        return slot.apply(pass, hidden).singletonOrThrow(); // one that is trained whole
    }

    /** tanh(dense(x)), or x itself where there is no pooler: [B, H] to [B, H]. */
    NDArray pool(Pass pass, NDArray first) {
        return pooler == null ? first : Torch.tanh(pooler.apply(pass, first));
    }

    /** Runs all of it on ids and token types, without a mask: [B, H]. */
    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray ids = inputs.get(0);
        Shape shape = ids.getShape();
        TokenLayout layout = TokenLayout.full((int) shape.get(0), (int) shape.get(1));
        NDManager manager = ids.getManager();
        NDList arrays = layout.arrays(manager);
        NDArray h = embed(pass, new NDList(ids, inputs.get(1), layout.places(manager)));
        for (int i = 0; i < layerCount(); i++) {
            boolean last = i == layerCount() - 1;
            NDArray next = layer(i, pass, new NDList(h).addAll(arrays), last);
            h.close();
            h = next;
        }
        return new NDList(pool(pass, h)); // of one length, so in the order of the texts
    }
}
