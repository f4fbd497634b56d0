/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import java.io.IOException;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.nn.Activation;

/**
 * The numbers of an encoder of BERT's kind.
 *
 * @param vocabularySize entries of the word table
 * @param hiddenSize H
 * @param layers how many layers
 * @param heads attention heads in a layer; they divide H
 * @param intermediateSize the inner size of the feed-forward part
 * @param positions entries of the position table
 * @param types entries of the token type table; 0 where there is none
 * @param activation the feed-forward part's activation
 * @param hiddenDropout p of the dropouts on hidden states
 * @param attentionDropout p of the dropout on attention probabilities
 * @param classifierDropout p of the dropout before a classifier
 * @param layerNormEps ε of each layer normalisation
 */
public record EncoderConfig(
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
     * Reads a configuration by BERT's names.
     *
     * @param config config.json
     * @throws IOException if a number is missing or makes no sense, or a feature is not supported
     */
    public static EncoderConfig ofBert(ModelConfig config) throws IOException {
        requireOne(config, "position_embedding_type", "absolute");
        return ofBert(config, types(config));
    }

    /**
     * Reads a configuration by BERT's names, with a number of token types that the family knows.
     *
     * @param config config.json
     * @param types the entries of the token type table, 0 where there is none
     * @throws IOException if a number is missing or makes no sense, or a feature is not supported
     */
    public static EncoderConfig ofBert(ModelConfig config, int types) throws IOException {
        if (config.flag("is_decoder", false)) {
            throw ModelConfig.invalid(
                    "is_decoder is true, for attention to earlier tokens alone, which is not"
                            + " supported; expected an encoder");
        }
        double hiddenDropout = config.probability("hidden_dropout_prob", 0.1);
        return new EncoderConfig(
                config.positive("vocab_size"),
                config.positive("hidden_size"),
                config.positive("num_hidden_layers"),
                heads(config, "num_attention_heads", "hidden_size"),
                config.positive("intermediate_size"),
                config.positive("max_position_embeddings"),
                types,
                config.activation("hidden_act", "gelu"),
                hiddenDropout,
                config.probability("attention_probs_dropout_prob", 0.1),
                config.probability("classifier_dropout", hiddenDropout),
                config.epsilon("layer_norm_eps", 1e-12));
    }

    /**
     * Reads a configuration by DistilBERT's names.
     *
     * @param config config.json
     * @throws IOException if a number is missing or makes no sense
     */
    public static EncoderConfig ofDistilBert(ModelConfig config) throws IOException {
        return new EncoderConfig(
                config.positive("vocab_size"),
                config.positive("dim"),
                config.positive("n_layers"),
                heads(config, "n_heads", "dim"),
                config.positive("hidden_dim"),
                config.positive("max_position_embeddings"),
                0,
                config.activation("activation", "gelu"),
                config.probability("dropout", 0.1),
                config.probability("attention_dropout", 0.1),
                config.probability("seq_classif_dropout", 0.2),
                1e-12);
    }

    /** Returns these numbers with the dropout of hidden states before the classifier too. */
    public EncoderConfig withOneHiddenDropout() {
        return new EncoderConfig(
                vocabularySize,
                hiddenSize,
                layers,
                heads,
                intermediateSize,
                positions,
                types,
                activation,
                hiddenDropout,
                attentionDropout,
                hiddenDropout,
                layerNormEps);
    }

    private static int heads(ModelConfig config, String key, String sizeKey) throws IOException {
        int heads = config.positive(key);
        ModelConfig.requireMultiple(sizeKey, config.positive(sizeKey), key, heads);
        return heads;
    }

    private static void requireOne(ModelConfig config, String key, String only) throws IOException {
        String found = config.string(key, only);
        if (!found.equals(only)) {
            throw ModelConfig.invalid(
                    "%s \"%s\" is not supported; expected \"%s\"", key, found, only);
        }
    }

    private static int types(ModelConfig config) throws IOException {
        int types = config.integer("type_vocab_size", 2);
        if (types < 1) {
            throw ModelConfig.invalid("type_vocab_size is %s; expected 1 or more", types);
        }
        return types;
    }
}
