/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.torch.AttentionShape;
import org.lora4j.torch.Sequences;

/**
 * A {@link DecoderAttention} whose queries, keys and values come of one projection, as Phi-3's do.
 *
 * <p>Inputs: hidden states [N, H], the sequences' lengths [S], cosines and sines [N, r]; output [N,
 * H].
 */
public final class FusedAttention extends FamilyBlock {
    private final int layer;
    private final AttentionShape shape;
    private final HiddenDropout probabilities;
    private final int queries;
    private final int keys;
    private final Slot fused;
    private final Slot output;

    /**
     * Reads the projections qkv_proj and o_proj, which have no biases.
     *
     * @param path the module
     * @param layer the layer's index
     * @param config the decoder's numbers
     * @param shape how it attends
     * @param weights its tensors
     * @param probabilities the dropout of softmax's result
     * @throws IOException if there are too many problems to go on
     */
    @SuppressWarnings("this-escape")
    public FusedAttention(
            String path,
            int layer,
            DecoderConfig config,
            AttentionShape shape,
            Checkpoint weights,
            HiddenDropout probabilities)
            throws IOException {
        this.layer = layer;
        this.probabilities = probabilities;
        this.shape = shape;
        int hidden = config.hiddenSize();
        queries = config.queryWidth();
        keys = config.keyWidth();
        int width = Math.addExact(queries, Math.multiplyExact(2, keys));
        fused = child("qkv_proj", weights.linear(path + ".qkv_proj", hidden, width, false));
        output = child("o_proj", weights.linear(path + ".o_proj", queries, hidden, false));
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray all = fused.apply(pass, inputs.get(0));
        NDArray q = Sequences.columns(all, 0, queries);
        NDArray k = Sequences.columns(all, queries, queries + keys);
        NDArray v = Sequences.columns(all, queries + keys, queries + 2 * keys);
        NDArray attended =
                AttentionMemory.turnAndAttend(pass, layer, q, k, v, inputs, shape, probabilities);
        return new NDList(output.apply(pass, attended));
    }
}
