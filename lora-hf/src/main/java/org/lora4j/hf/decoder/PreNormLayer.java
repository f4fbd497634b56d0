/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import org.lora4j.torch.Torch;

/** Llama's layer: y = x + attention(norm(x)), then y + mlp(norm(y)). */
public final class PreNormLayer extends DecoderLayer {
    private final Slot attention;
    private final Slot mlp;
    private final Slot inputNorm;
    private final Slot middleNorm;

    /**
     * Joins the parts under Llama's names.
     *
     * @param attention self_attn
     * @param mlp mlp
     * @param inputNorm input_layernorm
     * @param middleNorm post_attention_layernorm
     */
    @SuppressWarnings("this-escape")
    public PreNormLayer(Block attention, Block mlp, Block inputNorm, Block middleNorm) {
        this.attention = child("self_attn", attention);
        this.mlp = child("mlp", mlp);
        this.inputNorm = child("input_layernorm", inputNorm);
        this.middleNorm = child("post_attention_layernorm", middleNorm);
    }

    @Override
    protected NDArray compute(Pass pass, NDArray hidden, NDList state) {
        NDList inner = with(inputNorm.apply(pass, hidden), state);
        NDArray middle = Torch.add(hidden, attention.apply(pass, inner).singletonOrThrow());
        return Torch.add(middle, mlp.apply(pass, middleNorm.apply(pass, middle)));
    }
}
