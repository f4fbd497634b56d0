/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.nn.DropoutSwitch;

/**
 * A decoder with a vocabulary projection: token ids to the logits of the token that follows.
 *
 * <p>As a DJL block its inputs are ids [B, T] and, optionally, an attention mask [B, T] of ones and
 * zeros, padded on either side, both int64; its output is the logits [B, T, V], zero where there is
 * padding. It is run in parts by a trainer: {@link #embed}, each layer, {@link #logits}; there the
 * tokens of all sequences lie one after another without padding, N rows together, and an {@code
 * NDList} carries beside the hidden states [N, H] what the layers need to know of the sequences
 * ({@link #layer}).
 */
public abstract non-sealed class CausalLanguageModel extends ModelRoot {
    /**
     * Creates a root without children.
     *
     * @param dropouts the switch that the model's dropouts were made with
     * @param context what adapters of the tree share; its steps are the switch's
     */
    protected CausalLanguageModel(DropoutSwitch dropouts, LoraContext context) {
        super(dropouts, context);
    }

    @Override
    public List<String> headPaths() {
        return List.of();
    }

    /**
     * Returns how many tokens a sequence may have at most when the model is run on it: as many as
     * it has positions for, more where its positions are made for any length (dynamic NTK).
     */
    public int longestSequence() {
        return maxPositions();
    }

    /**
     * Returns whether a sequence that grows to a length places all of its tokens otherwise than
     * before (LongRoPE, one token past its original length), so that what was remembered of the
     * earlier ones is of no use and the sequence is to be read anew.
     *
     * @param length the tokens of the sequence, the newest included
     */
    public boolean isReadAnewAt(int length) {
        return false;
    }

    /**
     * Makes the first layer's input.
     *
     * @param pass how the model is run
     * @param tokens ids [N], positions [N] and the lengths of the S sequences [S]; int64, the
     *     lengths on the CPU
     * @return hidden states [N, H], the lengths [S], and what else the layers need
     */
    public abstract NDList embed(Pass pass, NDList tokens);

    /**
     * Runs a layer.
     *
     * @param index which, from 0
     * @param pass how the model is run
     * @param hidden what {@link #embed} or the layer before returned
     * @return the layer's hidden states [N, H]; the rest of the list stays as it was
     */
    public abstract NDArray layer(int index, Pass pass, NDList hidden);

    /**
     * Runs the last normalisation and the vocabulary projection on some of the rows.
     *
     * @param pass how the model is run
     * @param hidden rows of the last layer's hidden states [M, H]
     * @return logits [M, V], in float32 or float64
     */
    public abstract NDArray logits(Pass pass, NDArray hidden);

    /**
     * Computes the logits for a loss, which casts what it needs of them at a time: those of {@link
     * #logits}, but possibly in the model's own dtype. By default they are those of {@link
     * #logits}.
     *
     * @param pass how the model is run
     * @param hidden rows of the last layer's hidden states [M, H]
     * @return logits [M, V], in float32 or in 16 bits
     */
    public NDArray lossLogits(Pass pass, NDArray hidden) {
        return logits(pass, hidden);
    }

    /**
     * Runs the layers.
     *
     * @param pass how the model is run
     * @param tokens as {@link #embed} takes them
     * @return the last layer's hidden states [N, H]
     * @throws IllegalStateException if the model is closed
     */
    public final NDArray hidden(Pass pass, NDList tokens) {
        try (ActiveAdapters.Scope open = loraContext().active().pass()) {
            NDList state = embed(pass, tokens);
            NDArray h = state.get(0);
            for (int i = 0; i < layerCount(); i++) {
                loraContext().active().requireOpen();
                NDArray next = layer(i, pass, state);
                h.close();
                state.set(0, next);
                h = next;
            }
            return h;
        }
    }

    @Override
    final NDList run(Pass pass, NDList inputs) {
        NDArray ids = inputs.get(0);
        NDManager outer = ids.getManager();
        try (NDManager scope = outer.newSubManager()) {
            PaddedRows rows = PaddedRows.of(scope, inputs, loraContext().active(), virtualTokens());
            NDArray logits = logits(pass, rows.real(hidden(pass, rows.tokens())));
            NDArray padded = rows.spread(logits);
            padded.attach(outer);
            return new NDList(padded);
        }
    }
}
