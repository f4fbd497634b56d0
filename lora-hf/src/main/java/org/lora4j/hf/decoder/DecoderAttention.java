/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.torch.AttentionShape;
import org.lora4j.torch.Sequences;

/**
 * Attention to earlier tokens of the same sequence, with rotary positions and grouped keys.
 *
 * <p>Inputs: hidden states [N, H], the sequences' lengths [S], cosines and sines [N, r]; output [N,
 * H].
 */
public final class DecoderAttention extends FamilyBlock {
    private final int layer;
    private final AttentionShape shape;
    private final HiddenDropout probabilities;
    private final Slot query;
    private final Slot key;
    private final Slot value;
    private final Slot output;
    private @Nullable Slot queryNorm;
    private @Nullable Slot keyNorm;

    /**
     * Which of an attention's projections have biases.
     *
     * @param inputs whether q, k and v have
     * @param output whether the output projection has
     */
    public record Biases(boolean inputs, boolean output) {}

    /**
     * Reads the projections q_proj, k_proj, v_proj and o_proj.
     *
     * @param path the module
     * @param layer the layer's index
     * @param config the decoder's numbers
     * @param shape how it attends
     * @param biases which projections have biases
     * @param weights its tensors
     * @param probabilities the dropout of softmax's result
     * @throws IOException if there are too many problems to go on
     */
    @SuppressWarnings("this-escape")
    public DecoderAttention(
            String path,
            int layer,
            DecoderConfig config,
            AttentionShape shape,
            Biases biases,
            Checkpoint weights,
            HiddenDropout probabilities)
            throws IOException {
        this.layer = layer;
        this.probabilities = probabilities;
        this.shape = shape;
        int hidden = config.hiddenSize();
        int queries = config.queryWidth();
        int keys = config.keyWidth();
        boolean bias = biases.inputs();
        query = child("q_proj", weights.linear(path + ".q_proj", hidden, queries, bias));
        key = child("k_proj", weights.linear(path + ".k_proj", hidden, keys, bias));
        value = child("v_proj", weights.linear(path + ".v_proj", hidden, keys, bias));
        output =
                child("o_proj", weights.linear(path + ".o_proj", queries, hidden, biases.output()));
    }

    /**
     * Adds normalisations of each head's queries and keys, before they are turned.
     *
     * @param query q_norm, over the channels of a head
     * @param key k_norm
     * @return this
     */
    public DecoderAttention withHeadNorms(Block query, Block key) {
        queryNorm = child("q_norm", query);
        keyNorm = child("k_norm", key);
        return this;
    }

    private static NDArray normalised(Pass pass, NDArray x, @Nullable Slot norm, int heads) {
        return norm == null ? x : Sequences.joined(norm.apply(pass, Sequences.heads(x, heads)));
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray x = inputs.get(0);
        NDArray q = normalised(pass, query.apply(pass, x), queryNorm, shape.heads());
        NDArray k = normalised(pass, key.apply(pass, x), keyNorm, shape.groups());
        NDArray v = value.apply(pass, x);
        NDArray attended =
                AttentionMemory.turnAndAttend(pass, layer, q, k, v, inputs, shape, probabilities);
        return new NDList(output.apply(pass, attended));
    }
}
