/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.mpnet;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import org.lora4j.hf.encoder.AttentionNames;
import org.lora4j.hf.encoder.EncoderConfig;
import org.lora4j.hf.encoder.SelfAttention;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;

/**
 * The attention part of a layer: LayerNorm(drop(attn(x)) + x).
 *
 * <p>Inputs: the tokens that ask and the layer's inputs; output: rows as the tokens that ask.
 */
final class MpnetAttention extends FamilyBlock {
    private static final AttentionNames NAMES = new AttentionNames("q", "k", "v", "o");

    private final Slot attention;
    private final Slot norm;
    private final HiddenDropout dropout;

    @SuppressWarnings("this-escape")
    MpnetAttention(String path, EncoderConfig config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        attention =
                child("attn", new SelfAttention(path + ".attn", NAMES, config, weights, dropouts));
        norm =
                child(
                        "LayerNorm",
                        weights.layerNorm(
                                path + ".LayerNorm", config.hiddenSize(), config.layerNormEps()));
        dropout = new HiddenDropout(path + ".dropout", config.hiddenDropout(), dropouts);
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray attended = attention.apply(pass, inputs).singletonOrThrow();
        return norm.apply(pass, new NDList(dropout.apply(pass, attended), inputs.get(0)));
    }
}
