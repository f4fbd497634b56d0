/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.SingleChildBlock;
import org.lora4j.torch.Torch;

/**
 * Embeddings, a stack of layers and, where the family has one, a pooler. Where a head reads each
 * text's first token alone, the last layer is computed for that one only: its output is [B, H].
 */
public final class EncoderModel extends FamilyBlock implements EncoderBlocks {
    private final Slot embeddings;
    private final String stackName;
    private final EncoderStack stack;
    private final @Nullable Slot pooler;

    /**
     * Joins the parts.
     *
     * @param embeddings ids and token types [B, T] and the places of tokens in them [N] to hidden
     *     states [N, H]
     * @param stackName the name of the module that has the layers
     * @param stack the layers
     * @param pooler the linear layer of a pooler, or null
     */
    @SuppressWarnings("this-escape")
    public EncoderModel(
            EncoderEmbeddings embeddings,
            String stackName,
            EncoderStack stack,
            @Nullable Block pooler) {
        this.embeddings = child("embeddings", embeddings);
        this.stackName = stackName;
        this.stack = stack;
        child(stackName, stack);
        this.pooler =
                pooler == null ? null : child("pooler", new SingleChildBlock("dense", pooler));
    }

    @Override
    public int layerCount() {
        return stack.layers().size();
    }

    @Override
    public List<String> frames(String path) {
        return List.of(path, path + "." + stackName, path + "." + stackName + ".layer");
    }

    @Override
    public String words() {
        return "embeddings.word_embeddings";
    }

    @Override
    public NDList embed(Pass pass, NDList inputs) {
        return embeddings.apply(pass, inputs).addAll(stack.shared(pass, inputs.get(0)));
    }

    @Override
    public NDArray layer(int index, Pass pass, NDList hidden, boolean firstOnly) {
        return EncoderLayer.run(stack.layers().get(index), pass, hidden, firstOnly);
    }

    /** tanh(dense(x)), or x itself where there is no pooler: [B, H] to [B, H]. */
    @Override
    public NDArray pool(Pass pass, NDArray first) {
        return pooler == null ? first : Torch.tanh(pooler.apply(pass, first));
    }

    /** Runs all of it on ids and token types, without a mask: [B, H]. */
    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        return run(pass, inputs);
    }
}
