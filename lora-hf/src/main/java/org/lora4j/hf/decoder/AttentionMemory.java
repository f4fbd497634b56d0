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
     * Attends to what was remembered and to the new tokens, and remembers these.
     *
     * @param layer the layer's index
     * @param query the new tokens' queries [N, heads d]
     * @param key their keys, turned to their positions [N, groups d]
     * @param value their values [N, groups d]
     * @param lengths the new tokens of each sequence [S], int64 on the CPU
     * @param shape how
     * @return [N, heads d]
     */
    NDArray attend(
            int layer,
            NDArray query,
            NDArray key,
            NDArray value,
            NDArray lengths,
            AttentionShape shape);

    /**
     * Turns queries and keys to their positions and goes on as {@link #attend(int, NDArray,
     * NDArray, NDArray, NDArray, AttentionShape)}.
     *
     * @param layer the layer's index
     * @param query the new tokens' queries [N, heads d]
     * @param key their keys [N, groups d]
     * @param value their values [N, groups d]
     * @param lengths the new tokens of each sequence [S], int64 on the CPU
     * @param turns cosines and sines [N, r]
     * @param shape how
     * @return [N, heads d]
     */
    default NDArray turnAndAttend(
            int layer,
            NDArray query,
            NDArray key,
            NDArray value,
            NDArray lengths,
            NDList turns,
            AttentionShape shape) {
        NDArray q = Sequences.rotary(query, turns.get(0), turns.get(1), shape.heads());
        NDArray k = Sequences.rotary(key, turns.get(0), turns.get(1), shape.groups());
        return attend(layer, q, k, value, lengths, shape);
    }

    /**
     * Turns queries and keys and attends with the memory that a pass was given, or to the new
     * tokens alone where it has none.
     *
     * @param pass how the model is run
     * @param layer the layer's index
     * @param query as in {@link #turnAndAttend(int, NDArray, NDArray, NDArray, NDArray, NDList,
     *     AttentionShape)}
     * @param key likewise
     * @param value likewise
     * @param state a decoder layer's inputs: hidden states, lengths, cosines and sines
     * @param shape likewise
     * @param probabilities the dropout of softmax's result
     * @return [N, heads d]
     */
    static NDArray turnAndAttend(
            Pass pass,
            int layer,
            NDArray query,
            NDArray key,
            NDArray value,
            NDList state,
            AttentionShape shape,
            HiddenDropout probabilities) {
        NDArray lengths = state.get(1);
        NDArray cos = state.get(2);
        NDArray sin = state.get(3);
        if (pass.parameter(PARAMETER) instanceof AttentionMemory memory) {
            NDList turns = new NDList(cos, sin);
            return memory.turnAndAttend(layer, query, key, value, lengths, turns, shape);
        }
        NDArray q = Sequences.rotary(query, cos, sin, shape.heads());
        NDArray k = Sequences.rotary(key, cos, sin, shape.groups());
        return attend(pass, layer, q, k, value, lengths, shape, probabilities);
    }

    /**
     * Attends with the memory that a pass was given, or to the new tokens alone where it has none;
     * in training with dropped probabilities.
     *
     * @param pass how the model is run
     * @param layer the layer's index
     * @param query as in {@link #attend(int, NDArray, NDArray, NDArray, NDArray, AttentionShape)}
     * @param key likewise
     * @param value likewise
     * @param lengths likewise
     * @param shape likewise
     * @param probabilities the dropout of softmax's result
     * @return [N, heads d]
     */
    static NDArray attend(
            Pass pass,
            int layer,
            NDArray query,
            NDArray key,
            NDArray value,
            NDArray lengths,
            AttentionShape shape,
            HiddenDropout probabilities) {
        if (pass.parameter(PARAMETER) instanceof AttentionMemory memory) {
            return memory.attend(layer, query, key, value, lengths, shape);
        }
        try (NDArray kept = probabilities.causalMask(pass, query, lengths, shape.heads())) {
            if (kept == null) {
                return Sequences.causalAttention(query, key, value, lengths, shape);
            }
            double p = probabilities.probability();
            return Sequences.causalAttention(query, key, value, lengths, shape, kept, p);
        }
    }
}
