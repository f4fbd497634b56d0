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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    private final int queries;
    private final int keys;
    private final List<Slot> inputs = new ArrayList<>();
    private final Slot output;
    private @Nullable Slot queryNorm;
    private @Nullable Slot keyNorm;

    /**
     * Which projections an attention has, and which of them have biases.
     *
     * @param fused whether queries, keys and values come of one projection, as Phi-3's do
     * @param inputBias whether the projections of queries, keys and values have biases
     * @param outputBias whether the output projection has one
     */
    public record Projections(boolean fused, boolean inputBias, boolean outputBias) {
        /** One projection of queries, keys and values; no biases. */
        public static final Projections FUSED = new Projections(true, false, false);

        /**
         * Returns three projections of queries, keys and values.
         *
         * @param inputBias whether they have biases
         * @param outputBias whether the output projection has one
         */
        public static Projections of(boolean inputBias, boolean outputBias) {
            return new Projections(false, inputBias, outputBias);
        }
    }

    /**
     * Reads q_proj, k_proj and v_proj, or qkv_proj where they are fused, and o_proj.
     *
     * @param path the module
     * @param layer the layer's index
     * @param config the decoder's numbers
     * @param shape how it attends
     * @param projections which projections it has
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
            Projections projections,
            Checkpoint weights,
            HiddenDropout probabilities)
            throws IOException {
        this.layer = layer;
        this.probabilities = probabilities;
        this.shape = shape;
        queries = config.queryWidth();
        keys = config.keyWidth();
        Map<String, Integer> widths = new LinkedHashMap<>();
        if (projections.fused()) {
            widths.put("qkv_proj", Math.addExact(queries, Math.multiplyExact(2, keys)));
        } else {
            widths.put("q_proj", queries);
            widths.put("k_proj", keys);
            widths.put("v_proj", keys);
        }
        int hidden = config.hiddenSize();
        for (Map.Entry<String, Integer> each : widths.entrySet()) {
            String name = each.getKey();
            boolean bias = projections.inputBias();
            inputs.add(
                    child(name, weights.linear(path + "." + name, hidden, each.getValue(), bias)));
        }
        output =
                child(
                        "o_proj",
                        weights.linear(
                                path + ".o_proj", queries, hidden, projections.outputBias()));
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

    private AttentionMemory.Made projected(Pass pass, NDArray x) {
        List<NDArray> made = inputs.stream().map(each -> each.apply(pass, x)).toList();
        if (made.size() > 1) {
            return new AttentionMemory.Made(made.get(0), made.get(1), made.get(2));
        }
        NDArray all = made.get(0);
        return new AttentionMemory.Made(
                Sequences.columns(all, 0, queries),
                Sequences.columns(all, queries, queries + keys),
                Sequences.columns(all, queries + keys, queries + 2 * keys));
    }

    @Override
    protected NDList forward(Pass pass, NDList state) {
        AttentionMemory.Made made = projected(pass, state.get(0));
        NDArray q = normalised(pass, made.query(), queryNorm, shape.heads());
        NDArray k = normalised(pass, made.key(), keyNorm, shape.groups());
        made = new AttentionMemory.Made(q, k, made.value());
        NDArray attended =
                AttentionMemory.turnAndAttend(pass, layer, made, state, shape, probabilities);
        return new NDList(output.apply(pass, attended));
    }
}
