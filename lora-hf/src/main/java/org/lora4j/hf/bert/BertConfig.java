/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.bert;

import java.io.IOException;
import org.lora4j.hf.ModelConfig;
import org.lora4j.hf.nn.Activation;

/**
 * The numbers of a BERT, by the names that config.json gives them.
 *
 * @param vocabularySize entries of the word table
 * @param hiddenSize H
 * @param layers how many layers
 * @param heads attention heads in a layer; they divide H
 * @param intermediateSize the inner size of the feed-forward part
 * @param positions the longest sequence
 * @param types entries of the token type table
 * @param activation the feed-forward part's activation
 * @param hiddenDropout p of the dropouts on hidden states
 * @param attentionDropout p of the dropout on attention probabilities
 * @param classifierDropout p of the dropout before a classifier
 * @param layerNormEps ε of each layer normalisation
 */
public record BertConfig(
        int vocabularySize,
        int hiddenSize,
        int layers,
        int heads,
        int intermediateSize,
        int positions,
        int types,
        Activation activation,
        double hiddenDropout,
        double attentionDropout,
        double classifierDropout,
        double layerNormEps) {

    /**
     * Reads a configuration.
     *
     * @param config config.json
     * @throws IOException if a number is missing or makes no sense, or a feature is not supported
     */
    public static BertConfig of(ModelConfig config) throws IOException {
        int hidden = config.positive("hidden_size");
        int heads = config.positive("num_attention_heads");
        if (hidden % heads != 0) {
            throw new IOException(
                    "config.json: hidden_size "
                            + hidden
                            + " is not a multiple of num_attention_heads "
                            + heads);
        }
        String positions = config.string("position_embedding_type", "absolute");
        if (!positions.equals("absolute")) {
            throw new IOException(
                    "config.json: position_embedding_type \""
                            + positions
                            + "\" is not supported; expected \"absolute\"");
        }
        double hiddenDropout = config.probability("hidden_dropout_prob", 0.1);
        Activation activation;
        try {
            activation = Activation.of(config.string("hidden_act", "gelu"));
        } catch (IllegalArgumentException e) {
            throw new IOException("config.json: hidden_act: " + e.getMessage(), e);
        }
        return new BertConfig(
                config.positive("vocab_size"),
                hidden,
                config.positive("num_hidden_layers"),
                heads,
                config.positive("intermediate_size"),
                config.positive("max_position_embeddings"),
                types(config),
                activation,
                hiddenDropout,
                config.probability("attention_probs_dropout_prob", 0.1),
                config.probability("classifier_dropout", hiddenDropout),
                epsilon(config));
    }

    private static int types(ModelConfig config) throws IOException {
        int types = config.integer("type_vocab_size", 2);
        if (types < 1) {
            throw new IOException(
                    "config.json: type_vocab_size is " + types + "; expected 1 or more");
        }
        return types;
    }

    private static double epsilon(ModelConfig config) throws IOException {
        double eps = config.number("layer_norm_eps", 1e-12);
        if (!(eps >= 0)) {
            throw new IOException("config.json: layer_norm_eps is " + eps + "; expected 0 or more");
        }
        return eps;
    }
}
