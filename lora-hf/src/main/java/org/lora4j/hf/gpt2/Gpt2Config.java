/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.gpt2;

import java.io.IOException;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.nn.Activation;

/**
 * GPT-2's numbers.
 *
 * @param vocabularySize entries of the word table
 * @param positions entries of the position table
 * @param hiddenSize H
 * @param layers the number of layers
 * @param heads the heads, a divisor of H
 * @param innerSize the width of the feed-forward part
 * @param activation its activation
 * @param eps ε of each layer normalisation
 * @param dropouts the probabilities with which it was trained
 * @param scaled whether scores are divided by √d
 * @param scaledByLayer whether they are also divided by the layer's index + 1
 * @param tied whether the vocabulary projection is the word table
 */
record Gpt2Config(
        int vocabularySize,
        int positions,
        int hiddenSize,
        int layers,
        int heads,
        int innerSize,
        Activation activation,
        double eps,
        Dropouts dropouts,
        boolean scaled,
        boolean scaledByLayer,
        boolean tied) {

    /**
     * Probabilities.
     *
     * @param embedding of the embeddings' sum
     * @param residual of what a part adds
     * @param attention of the attention's probabilities
     */
    record Dropouts(double embedding, double residual, double attention) {}

    static Gpt2Config of(ModelConfig config) throws IOException {
        int hidden = config.positive("n_embd");
        int heads = config.positive("n_head");
        ModelConfig.requireMultiple("n_embd", hidden, "n_head", heads);
        if (config.flag("add_cross_attention", false)) {
            throw ModelConfig.invalid(
                    "add_cross_attention is true, which is not supported; expected a model that"
                            + " reads one text");
        }
        return new Gpt2Config(
                config.positive("vocab_size"),
                config.positive("n_positions"),
                hidden,
                config.positive("n_layer"),
                heads,
                config.has("n_inner") ? config.positive("n_inner") : Math.multiplyExact(4, hidden),
                config.activation("activation_function", "gelu_new"),
                config.epsilon("layer_norm_epsilon", 1e-5),
                new Dropouts(
                        config.probability("embd_pdrop", 0.1),
                        config.probability("resid_pdrop", 0.1),
                        config.probability("attn_pdrop", 0.1)),
                config.flag("scale_attn_weights", true),
                config.flag("scale_attn_by_inverse_layer_idx", false),
                config.flag("tie_word_embeddings", true));
    }

    /** Returns what the scores of a layer are multiplied by. */
    double scale(int layer) {
        double scale = scaled ? 1 / Math.sqrt((double) hiddenSize / heads) : 1;
        return scaledByLayer ? scale / (layer + 1) : scale;
    }
}
