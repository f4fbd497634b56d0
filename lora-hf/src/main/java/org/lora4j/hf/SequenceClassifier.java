/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.nn.DropoutSwitch;

/**
 * The root of an encoder with a classification head: token ids to logits [B, C].
 *
 * <p>As a DJL block its inputs are ids [B, T] and, optionally, an attention mask [B, T] of ones and
 * zeros and token types [B, T], all int64; its output is the logits. It is run in parts by a
 * trainer: {@link #embed}, each layer, {@link #logits}.
 */
public abstract non-sealed class SequenceClassifier extends ModelRoot {
    /**
     * Creates a root without children.
     *
     * @param dropouts the switch that the model's dropouts were made with
     * @param context what adapters of the tree share; its steps are the switch's
     */
    protected SequenceClassifier(DropoutSwitch dropouts, LoraContext context) {
        super(dropouts, context);
    }

    @Override
    public List<String> outputPaths() {
        return headPaths();
    }

    /**
     * Returns the entries of the token type table: token types lie below. Integer.MAX_VALUE where
     * the model does not read types.
     */
    public abstract int typeVocabularySize();

    /**
     * Makes the first layer's input.
     *
     * @param pass how the model is run
     * @param ids token ids [B, T], int64
     * @param typeIds token types [B, T], int64
     * @return hidden states [B, T, H]
     */
    public abstract NDArray embed(Pass pass, NDArray ids, NDArray typeIds);

    /**
     * Runs a layer.
     *
     * @param index which, from 0
     * @param pass how the model is run
     * @param hidden hidden states [B, T, H] and, where there is padding, a mask [B, 1, 1, T] that
     *     is added to attention scores
     * @return the layer's hidden states; the last layer may give only those that the head reads
     */
    public abstract NDArray layer(int index, Pass pass, NDList hidden);

    /**
     * Runs the head.
     *
     * @param pass how the model is run
     * @param hidden the last layer's hidden states
     * @return [B, C]
     */
    public abstract NDArray logits(Pass pass, NDArray hidden);

    /**
     * Turns an attention mask of ones and zeros into what is added to scores: 0 and the lowest
     * float.
     *
     * @param attentionMask [B, T], int64
     * @return [B, 1, 1, T], float32
     */
    public static NDArray additiveMask(NDArray attentionMask) {
        NDManager manager = attentionMask.getManager();
        long batch = attentionMask.getShape().get(0);
        long length = attentionMask.getShape().get(1);
        try (NDManager scope = manager.newSubManager()) {
            NDArray keep = attentionMask.toType(ai.djl.ndarray.types.DataType.FLOAT32, true);
            keep.attach(scope);
            NDArray mask = keep.mul(-1).add(1).mul(-Float.MAX_VALUE);
            NDArray shaped = mask.reshape(batch, 1, 1, length);
            shaped.attach(manager);
            return shaped;
        }
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray ids = inputs.get(0);
        NDArray typeIds = inputs.size() > 2 ? inputs.get(2) : ids.zerosLike();
        NDArray h = embed(pass, ids, typeIds);
        NDArray mask = inputs.size() > 1 ? additiveMask(inputs.get(1)) : null;
        for (int i = 0; i < layerCount(); i++) {
            NDArray next = layer(i, pass, mask == null ? new NDList(h) : new NDList(h, mask));
            h.close();
            h = next;
        }
        NDArray logits = logits(pass, h);
        h.close();
        return new NDList(logits);
    }
}
