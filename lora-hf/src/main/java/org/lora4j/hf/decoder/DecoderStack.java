/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import java.util.List;
import org.lora4j.hf.nn.EmbeddingBlock;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.ModuleList;
import org.lora4j.hf.rotary.RotaryFrequencies;
import org.lora4j.hf.rotary.RotaryPositions;
import org.lora4j.torch.Torch;

/**
 * A word table, a stack of layers and a last normalisation, by Llama's names: what transformers
 * calls the model without its head.
 */
public final class DecoderStack extends FamilyBlock implements DecoderBody {
    private final Slot words;
    private final ModuleList layers;
    private final Slot norm;
    private final RotaryPositions rotary;
    private final double scale;

    /**
     * Joins the parts.
     *
     * @param words embed_tokens
     * @param layers at least one
     * @param norm the last normalisation
     * @param rotary how positions turn queries and keys
     * @param scale what word vectors are multiplied by, 1 for most families
     */
    @SuppressWarnings("this-escape")
    public DecoderStack(
            EmbeddingBlock words,
            List<? extends Block> layers,
            Block norm,
            RotaryFrequencies rotary,
            double scale) {
        this.words = child("embed_tokens", words);
        this.layers = new ModuleList(layers);
        child("layers", this.layers);
        this.norm = child("norm", norm);
        this.rotary = new RotaryPositions(rotary);
        this.scale = scale;
    }

    @Override
    public ModuleList layers() {
        return layers;
    }

    @Override
    public Slot norm() {
        return norm;
    }

    @Override
    public double wordScale() {
        return scale;
    }

    @Override
    public boolean isUnbounded() {
        return rotary.frequencies().isUnbounded();
    }

    @Override
    public boolean changesAt(int length) {
        return rotary.frequencies().changesAt(length);
    }

    /** Makes hidden states, lengths, cosines and sines. */
    @Override
    public NDList embed(Pass pass, NDList tokens) {
        NDArray vectors = words.apply(pass, tokens.get(0));
        NDArray hidden = scale == 1 ? vectors : Torch.scale(vectors, scale);
        NDList state = new NDList(hidden, tokens.get(2));
        state.addAll(rotary.rows(tokens.get(1), tokens.get(2), hidden));
        return state;
    }

    /** Runs all of it on ids, positions and lengths: [N, H]. */
    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        return run(pass, inputs);
    }
}
