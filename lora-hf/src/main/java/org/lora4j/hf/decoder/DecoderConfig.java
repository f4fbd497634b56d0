/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import java.io.IOException;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.nn.Activation;

/**
 * The numbers of a decoder of Llama's kind.
 *
 * @param vocabularySize entries of the word table
 * @param hiddenSize H
 * @param layers the number of layers
 * @param heads the heads of queries
 * @param keyValueHeads the heads of keys and values, a divisor of heads
 * @param headDim the channels of a head
 * @param intermediateSize the width of the feed-forward part
 * @param maxPositions the longest sequence that the model was made for
 * @param activation the feed-forward part's activation
 * @param normEps ε of each normalisation
 * @param attentionDropout by what probability training drops an attention's probabilities
 * @param paddingToken the word whose row of the table gets no gradient, or -1
 * @param tied whether the vocabulary projection is the word table
 */
public record DecoderConfig(
        int vocabularySize,
        int hiddenSize,
        int layers,
        int heads,
        int keyValueHeads,
        int headDim,
        int intermediateSize,
        int maxPositions,
        Activation activation,
        double normEps,
        double attentionDropout,
        int paddingToken,
        boolean tied) {

    /**
     * Reads a configuration by Llama's names.
     *
     * @param config config.json
     * @param defaults what absent keys mean for the family
     * @throws IOException if a number is missing or makes no sense
     */
    public static DecoderConfig of(ModelConfig config, DecoderDefaults defaults)
            throws IOException {
        int hidden = config.positive("hidden_size");
        int heads = config.positive("num_attention_heads");
        int groups = keyValueHeads(config, defaults, heads);
        ModelConfig.requireMultiple("num_attention_heads", heads, "num_key_value_heads", groups);
        int headDim = defaults.headDim();
        if (config.has("head_dim")) {
            headDim = config.positive("head_dim");
        } else if (headDim == 0) {
            ModelConfig.requireMultiple("hidden_size", hidden, "num_attention_heads", heads);
            headDim = hidden / heads;
        }
        return new DecoderConfig(
                config.positive("vocab_size"),
                hidden,
                config.positive("num_hidden_layers"),
                heads,
                groups,
                headDim,
                config.positive("intermediate_size"),
                config.has("max_position_embeddings")
                        ? config.positive("max_position_embeddings")
                        : defaults.maxPositions(),
                config.activation("hidden_act", "silu"),
                config.epsilon("rms_norm_eps", defaults.normEps()),
                config.probability("attention_dropout", 0),
                paddingToken(config, defaults),
                config.flag("tie_word_embeddings", defaults.tied()));
    }

    /** An absent number is the family's, a null one means as many as there are query heads. */
    private static int keyValueHeads(ModelConfig config, DecoderDefaults defaults, int heads)
            throws IOException {
        if (config.has("num_key_value_heads")) {
            return config.positive("num_key_value_heads");
        }
        boolean isNull = config.json().has("num_key_value_heads");
        return isNull || defaults.keyValueHeads() == 0 ? heads : defaults.keyValueHeads();
    }

    /** Returns these numbers with another activation. */
    public DecoderConfig withActivation(Activation other) {
        return new DecoderConfig(
                vocabularySize,
                hiddenSize,
                layers,
                heads,
                keyValueHeads,
                headDim,
                intermediateSize,
                maxPositions,
                other,
                normEps,
                attentionDropout,
                paddingToken,
                tied);
    }

    /** Returns the channels of all query heads together. */
    public int queryWidth() {
        return Math.multiplyExact(heads, headDim);
    }

    /** Returns the channels of all key heads together. */
    public int keyWidth() {
        return Math.multiplyExact(keyValueHeads, headDim);
    }

    /** An absent id is the family's; a null one, or one beside the table, is none. */
    private static int paddingToken(ModelConfig config, DecoderDefaults defaults)
            throws IOException {
        boolean isNull = config.json().has("pad_token_id") && !config.has("pad_token_id");
        int id = isNull ? -1 : config.integer("pad_token_id", defaults.paddingToken());
        return id < config.positive("vocab_size") ? Math.max(id, -1) : -1;
    }
}
