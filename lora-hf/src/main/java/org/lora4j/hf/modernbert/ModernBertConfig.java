/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.modernbert;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.hf.decoder.SlidingWindows;
import org.lora4j.hf.encoder.EncoderConfig;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.nn.Activation;

/**
 * What a ModernBERT's configuration says beside the numbers of every encoder.
 *
 * @param numbers those numbers; the dropout of hidden states is that of the embeddings
 * @param biases which parts have biases
 * @param mlpDropout p of the dropout inside the feed-forward part
 * @param local for each layer whether it attends within the window alone
 * @param reach how many positions to either side a local layer sees
 * @param head the prediction head's settings
 */
public record ModernBertConfig(
        EncoderConfig numbers,
        Biases biases,
        double mlpDropout,
        List<Boolean> local,
        int reach,
        Head head) {
    /** Copies the list. */
    public ModernBertConfig {
        local = List.copyOf(local);
    }

    /**
     * Which parts have biases.
     *
     * @param norm normalisations
     * @param attention the attention's projections
     * @param mlp the feed-forward part's
     */
    public record Biases(boolean norm, boolean attention, boolean mlp) {}

    /**
     * The prediction head.
     *
     * @param mean whether it reads the mean of a text's tokens, not the first one
     * @param bias whether its dense layer has a bias
     * @param activation of its dense layer
     */
    public record Head(boolean mean, boolean bias, Activation activation) {}

    /**
     * Reads a configuration.
     *
     * @param config config.json
     * @throws IOException if a number is missing or makes no sense, or a feature is not supported
     */
    public static ModernBertConfig of(ModelConfig config) throws IOException {
        int hidden = config.positive("hidden_size");
        int heads = config.positive("num_attention_heads");
        ModelConfig.requireMultiple("hidden_size", hidden, "num_attention_heads", heads);
        EncoderConfig numbers =
                new EncoderConfig(
                        config.positive("vocab_size"),
                        hidden,
                        config.positive("num_hidden_layers"),
                        heads,
                        config.positive("intermediate_size"),
                        config.has("max_position_embeddings")
                                ? config.positive("max_position_embeddings")
                                : 8192,
                        0,
                        config.activation("hidden_activation", "gelu"),
                        config.probability("embedding_dropout", 0),
                        config.probability("attention_dropout", 0),
                        config.probability("classifier_dropout", 0),
                        config.epsilon("norm_eps", 1e-5));
        int window = config.integer("local_attention", 128);
        if (window < 0) {
            throw ModelConfig.invalid("local_attention is %d; expected 0 or more", window);
        }
        return new ModernBertConfig(
                numbers,
                new Biases(
                        config.flag("norm_bias", false),
                        config.flag("attention_bias", false),
                        config.flag("mlp_bias", false)),
                config.probability("mlp_dropout", 0),
                local(config, numbers.layers()),
                window / 2,
                new Head(
                        pooling(config),
                        config.flag("classifier_bias", false),
                        config.activation("classifier_activation", "gelu")));
    }

    /** layer_types, or every layer but each third, or each of another count. */
    private static List<Boolean> local(ModelConfig config, int layers) throws IOException {
        int every = config.integer("global_attn_every_n_layers", 3);
        if (every < 1) {
            throw ModelConfig.invalid(
                    "global_attn_every_n_layers is %d; expected 1 or more", every);
        }
        List<Boolean> local = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            local.add(SlidingWindows.of(config, i, 1, i % every != 0) > 0);
        }
        return local;
    }

    private static boolean pooling(ModelConfig config) throws IOException {
        String pooling = config.string("classifier_pooling", "cls");
        if (!pooling.equals("cls") && !pooling.equals("mean")) {
            throw ModelConfig.invalid(
                    "classifier_pooling \"%s\" is not supported; expected \"cls\" or \"mean\"",
                    pooling);
        }
        return pooling.equals("mean");
    }
}
