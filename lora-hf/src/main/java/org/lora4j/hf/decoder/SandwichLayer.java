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

/**
 * Gemma 2's layer, whose halves are normalised before and after: y = x + n₂(attention(n₁(x))), then
 * y + n₄(mlp(n₃(y))).
 */
public final class SandwichLayer extends DecoderLayer {
    private final Slot attention;
    private final Slot mlp;
    private final Slot beforeAttention;
    private final Slot afterAttention;
    private final Slot beforeMlp;
    private final Slot afterMlp;

    /**
     * Joins the parts under Gemma 2's names.
     *
     * @param attention self_attn
     * @param mlp mlp
     * @param beforeAttention input_layernorm
     * @param afterAttention post_attention_layernorm
     * @param beforeMlp pre_feedforward_layernorm
     * @param afterMlp post_feedforward_layernorm
     */
    @SuppressWarnings("this-escape")
    public SandwichLayer(
            Block attention,
            Block mlp,
            Block beforeAttention,
            Block afterAttention,
            Block beforeMlp,
            Block afterMlp) {
        this.attention = child("self_attn", attention);
        this.mlp = child("mlp", mlp);
        this.beforeAttention = child("input_layernorm", beforeAttention);
        this.afterAttention = child("post_attention_layernorm", afterAttention);
        this.beforeMlp = child("pre_feedforward_layernorm", beforeMlp);
        this.afterMlp = child("post_feedforward_layernorm", afterMlp);
    }

    @Override
    protected NDArray compute(Pass pass, NDArray hidden, NDList state) {
        NDList inner = with(beforeAttention.apply(pass, hidden), state);
        NDArray attended = attention.apply(pass, inner).singletonOrThrow();
        NDArray middle = Torch.add(hidden, afterAttention.apply(pass, attended));
        NDArray fed = mlp.apply(pass, beforeMlp.apply(pass, middle));
        return Torch.add(middle, afterMlp.apply(pass, fed));
    }
}
