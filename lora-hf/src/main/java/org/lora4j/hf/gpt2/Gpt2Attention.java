/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.gpt2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import org.lora4j.hf.decoder.AttentionMemory;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.torch.AttentionShape;
import org.lora4j.torch.Sequences;

/**
 * Attention to earlier tokens of the same sequence, its three projections in one.
 *
 * <p>Inputs: hidden states [N, H], the sequences' lengths [S]; output [N, H].
 */
final class Gpt2Attention extends FamilyBlock {
    private final int layer;
    private final int hidden;
    private final AttentionShape shape;
    private final Slot fused;
    private final Slot output;
    private final HiddenDropout probabilities;
    private final HiddenDropout residual;

    @SuppressWarnings("this-escape")
    Gpt2Attention(
            String path, int layer, Gpt2Config config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        this.layer = layer;
        hidden = config.hiddenSize();
        shape = new AttentionShape(config.heads(), config.heads(), config.scale(layer), 0, 0);
        fused =
                child(
                        "c_attn",
                        weights.transposed(
                                path + ".c_attn", hidden, Math.multiplyExact(3, hidden)));
        output = child("c_proj", weights.transposed(path + ".c_proj", hidden, hidden));
        probabilities =
                new HiddenDropout(path + ".attn_dropout", config.dropouts().attention(), dropouts);
        residual =
                new HiddenDropout(path + ".resid_dropout", config.dropouts().residual(), dropouts);
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray all = fused.apply(pass, inputs.get(0));
        NDArray lengths = inputs.get(1);
        AttentionMemory.Made made =
                new AttentionMemory.Made(
                        Sequences.columns(all, 0, hidden),
                        Sequences.columns(all, hidden, 2 * hidden),
                        Sequences.columns(all, 2 * hidden, 3 * hidden));
        NDArray attended = AttentionMemory.attend(pass, layer, made, lengths, shape, probabilities);
        return new NDList(residual.apply(pass, output.apply(pass, attended)));
    }
}
