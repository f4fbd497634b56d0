/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import java.io.IOException;
import org.lora4j.hf.ModelConfig;
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
        boolean tied) {

    /**
     * Reads a configuration by Llama's names.
     *
     * @param config config.json
     * @param tiedByDefault what an absent tie_word_embeddings means for the family
     * @throws IOException if a number is missing or makes no sense
     */
    public static DecoderConfig of(ModelConfig config, boolean tiedByDefault) throws IOException {
        return of(config, tiedByDefault, 0);
    }

    /**
     * Reads a configuration by Llama's names, of a family whose heads have a size of their own.
     *
     * @param config config.json
     * @param tiedByDefault what an absent tie_word_embeddings means for the family
     * @param headDimByDefault what an absent head_dim means; 0 for hidden_size /
     *     num_attention_heads
     * @throws IOException if a number is missing or makes no sense
     */
    public static DecoderConfig of(ModelConfig config, boolean tiedByDefault, int headDimByDefault)
            throws IOException {
        int hidden = config.positive("hidden_size");
        int heads = config.positive("num_attention_heads");
        int groups =
                config.has("num_key_value_heads") ? config.positive("num_key_value_heads") : heads;
        requireMultiple("num_attention_heads", heads, "num_key_value_heads", groups);
        int headDim = headDimByDefault;
        if (config.has("head_dim")) {
            headDim = config.positive("head_dim");
        } else if (headDim == 0) {
            requireMultiple("hidden_size", hidden, "num_attention_heads", heads);
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
                        : 2048,
                activation(config),
                epsilon(config),
                config.flag("tie_word_embeddings", tiedByDefault));
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

    private static void requireMultiple(String key, int value, String of, int unit)
            throws IOException {
        if (value % unit != 0) {
            throw new IOException(
                    "config.json: "
                            + key
                            + " "
                            + value
                            + " is not a multiple of "
                            + of
                            + " "
                            + unit);
        }
    }

    private static Activation activation(ModelConfig config) throws IOException {
        try {
            return Activation.of(config.string("hidden_act", "silu"));
        } catch (IllegalArgumentException e) {
            throw new IOException("config.json: hidden_act: " + e.getMessage(), e);
        }
    }

    private static double epsilon(ModelConfig config) throws IOException {
        double eps = config.number("rms_norm_eps", 1e-6);
        if (!(eps >= 0)) {
            throw new IOException("config.json: rms_norm_eps is " + eps + "; expected 0 or more");
        }
        return eps;
    }
}
