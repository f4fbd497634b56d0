/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.torch.AttentionShape;
import org.lora4j.torch.Sequences;

/**
 * Keys and values of tokens that were read in earlier passes, where attention is to see them too.
 *
 * <p>It is handed to a forward pass among its parameters, under {@link #PARAMETER}. Not
 * thread-safe: it belongs to one generation.
 */
public interface AttentionMemory {
    /** The name under which a forward pass is given its memory. */
    String PARAMETER = "lora4j.attention_memory";

    /**
     * What a layer made of new tokens.
     *
     * @param query their queries [N, heads d]
     * @param key their keys [N, groups d]
     * @param value their values [N, groups d]
     */
    record Made(NDArray query, NDArray key, NDArray value) {
        /**
         * Turns queries and keys to their positions.
         *
         * @param cos cosines [N, r]
         * @param sin sines [N, r]
         * @param shape how they attend
         */
        Made turned(NDArray cos, NDArray sin, AttentionShape shape) {
            return new Made(
                    Sequences.rotary(query, cos, sin, shape.heads()),
                    Sequences.rotary(key, cos, sin, shape.groups()),
                    value);
        }
    }

    /**
     * Attends to what was remembered and to the new tokens, and remembers these.
     *
     * @param layer the layer's index
     * @param made of the new tokens, turned to their positions
     * @param lengths the new tokens of each sequence [S], int64 on the CPU
     * @param shape how
     * @return [N, heads d]
     */
    NDArray attend(int layer, Made made, NDArray lengths, AttentionShape shape);

    /**
     * Turns queries and keys to their positions and goes on as {@link #attend(int, Made, NDArray,
     * AttentionShape)}.
     *
     * @param layer the layer's index
     * @param made of the new tokens
     * @param state a decoder layer's inputs: hidden states, lengths, cosines and sines [N, r]
     * @param shape how
     * @return [N, heads d]
     */
    default NDArray turnAndAttend(int layer, Made made, NDList state, AttentionShape shape) {
        Made turned = made.turned(state.get(2), state.get(3), shape);
        return attend(layer, turned, state.get(1), shape);
    }

    /**
     * Turns queries and keys and attends with the memory that a pass was given, or to the new
     * tokens alone where it has none.
     *
     * @param pass how the model is run
     * @param layer the layer's index
     * @param made of the new tokens
     * @param state a decoder layer's inputs: hidden states, lengths, cosines and sines
     * @param shape how
     * @param dropout of softmax's result
     * @return [N, heads d]
     */
    static NDArray turnAndAttend(
            Pass pass,
            int layer,
            Made made,
            NDList state,
            AttentionShape shape,
            HiddenDropout dropout) {
        if (pass.parameter(PARAMETER) instanceof AttentionMemory memory) {
            return memory.turnAndAttend(layer, made, state, shape);
        }
        Made turned = made.turned(state.get(2), state.get(3), shape);
        return attend(pass, layer, turned, state.get(1), shape, dropout);
    }

    /**
     * Attends with the memory that a pass was given, or to the new tokens alone where it has none;
     * in training with dropped probabilities.
     *
     * @param pass how the model is run
     * @param layer the layer's index
     * @param made of the new tokens, turned where positions are turned
     * @param lengths the tokens of each sequence [S], int64 on the CPU
     * @param shape how
     * @param dropout of softmax's result
     * @return [N, heads d]
     */
    static NDArray attend(
            Pass pass,
            int layer,
            Made made,
            NDArray lengths,
            AttentionShape shape,
            HiddenDropout dropout) {
        if (pass.parameter(PARAMETER) instanceof AttentionMemory memory) {
            return memory.attend(layer, made, lengths, shape);
        }
        NDArray q = made.query();
        try (NDArray kept = dropout.causalMask(pass, q, lengths, shape.heads())) {
            if (kept == null) {
                return Sequences.causalAttention(q, made.key(), made.value(), lengths, shape);
            }
            double p = dropout.probability();
            return Sequences.causalAttention(q, made.key(), made.value(), lengths, shape, kept, p);
        }
    }
}
