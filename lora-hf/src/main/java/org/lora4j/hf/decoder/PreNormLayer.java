/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.torch.Torch;

/** Llama's layer: y = x + attention(norm(x)), then y + mlp(norm(y)). */
public final class PreNormLayer extends DecoderLayer {
    private final Slot attention;
    private final Slot mlp;
    private final Slot inputNorm;
    private final Slot middleNorm;
    private @Nullable HiddenDropout attentionDropout;
    private @Nullable HiddenDropout mlpDropout;

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

    /**
     * Adds dropouts of what each half adds, as Phi-3 has them.
     *
     * @param attention of the attention's result
     * @param mlp of the feed-forward part's result
     * @return this
     */
    public PreNormLayer withResidualDropouts(HiddenDropout attention, HiddenDropout mlp) {
        attentionDropout = attention;
        mlpDropout = mlp;
        return this;
    }

    private static NDArray dropped(Pass pass, NDArray x, @Nullable HiddenDropout dropout) {
        return dropout == null ? x : dropout.apply(pass, x);
    }

    @Override
    protected NDArray compute(Pass pass, NDArray hidden, NDList state) {
        NDList inner = with(inputNorm.apply(pass, hidden), state);
        NDArray attended = attention.apply(pass, inner).singletonOrThrow();
        NDArray middle = Torch.add(hidden, dropped(pass, attended, attentionDropout));
        NDArray fed = mlp.apply(pass, middleNorm.apply(pass, middle));
        return Torch.add(middle, dropped(pass, fed, mlpDropout));
    }
}
