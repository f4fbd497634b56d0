/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.deberta;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.encoder.EncoderConfig;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.nn.Activation;

/**
 * What a DeBERTa-v2's configuration says beside the numbers of every encoder.
 *
 * @param numbers those numbers; the dropout before the classifier is cls_dropout
 * @param embeddingSize the size of the tables' vectors
 * @param absolute whether embeddings have a table of positions
 * @param keys whether scores read the keys of relative positions (c2p)
 * @param queries whether scores read the queries of relative positions (p2c)
 * @param relative the relative positions; null where attention reads contents alone
 * @param normed whether the table of relative positions is normalised
 * @param pooler the pooler's settings
 */
public record DebertaConfig(
        EncoderConfig numbers,
        int embeddingSize,
        boolean absolute,
        boolean keys,
        boolean queries,
        @Nullable Relative relative,
        boolean normed,
        Pooler pooler) {
    private static final String TYPES = "pos_att_type";
    private static final List<String> KNOWN = List.of("c2p", "p2c");

    /**
     * Relative positions.
     *
     * @param span half of the table's entries
     * @param buckets how many entries one side has; 0 or less for one for each distance
     * @param longest the distance at which the buckets end
     * @param shared whether the projections of contents serve positions too (share_att_key)
     */
    public record Relative(int span, int buckets, int longest, boolean shared) {}

    /**
     * The pooler.
     *
     * @param dropout p of the dropout before its layer
     * @param activation what follows the layer
     */
    public record Pooler(double dropout, Activation activation) {}

    /**
     * Reads a configuration.
     *
     * @param config config.json
     * @throws IOException if a number is missing or makes no sense, or a feature is not supported
     */
    public static DebertaConfig of(ModelConfig config) throws IOException {
        int hidden = config.positive("hidden_size");
        int heads = config.positive("num_attention_heads");
        ModelConfig.requireMultiple("hidden_size", hidden, "num_attention_heads", heads);
        refuse(config, "attention_head_size", hidden / heads);
        refuse(config, "pooler_hidden_size", hidden);
        if (config.integer("conv_kernel_size", 0) > 0) {
            throw ModelConfig.invalid(
                    "conv_kernel_size is %d, for a convolution after the first layer, which is not"
                            + " supported; expected a model without it, such as those of"
                            + " deberta-v3",
                    config.integer("conv_kernel_size", 0));
        }
        Set<String> types = types(config);
        double hiddenDropout = config.probability("hidden_dropout_prob", 0.1);
        EncoderConfig numbers =
                new EncoderConfig(
                        config.positive("vocab_size"),
                        hidden,
                        config.positive("num_hidden_layers"),
                        heads,
                        config.positive("intermediate_size"),
                        positions(config),
                        tokenTypes(config),
                        config.activation("hidden_act", "gelu"),
                        hiddenDropout,
                        config.probability("attention_probs_dropout_prob", 0.1),
                        config.probability("cls_dropout", hiddenDropout),
                        config.epsilon("layer_norm_eps", 1e-7));
        return new DebertaConfig(
                numbers,
                config.has("embedding_size") ? config.positive("embedding_size") : hidden,
                config.flag("position_biased_input", true),
                types.contains("c2p"),
                types.contains("p2c"),
                relative(config),
                Arrays.asList(names(config.string("norm_rel_ebd", "none"))).contains("layer_norm"),
                new Pooler(
                        config.probability("pooler_dropout", 0),
                        config.activation("pooler_hidden_act", "gelu")));
    }

    private static void refuse(ModelConfig config, String key, int only) throws IOException {
        if (config.has(key) && config.positive(key) != only) {
            throw ModelConfig.invalid(
                    "%s is %d, which is not supported; expected %d, which follows from hidden_size"
                            + " and num_attention_heads",
                    key, config.positive(key), only);
        }
    }

    private static int positions(ModelConfig config) throws IOException {
        return config.has("max_position_embeddings")
                ? config.positive("max_position_embeddings")
                : 512;
    }

    private static int tokenTypes(ModelConfig config) throws IOException {
        int types = config.integer("type_vocab_size", 0);
        if (types < 0) {
            throw ModelConfig.invalid("type_vocab_size is %d; expected 0 or more", types);
        }
        return types;
    }

    private static @Nullable Relative relative(ModelConfig config) throws IOException {
        if (!config.flag("relative_attention", false)) {
            return null;
        }
        int longest = config.integer("max_relative_positions", -1);
        if (longest < 1) {
            longest = positions(config);
        }
        int buckets = config.integer("position_buckets", -1);
        if (buckets > 0 && (buckets < 4 || longest - 1 <= buckets / 2)) {
            throw ModelConfig.invalid(
                    "position_buckets is %d for max_relative_positions %d; expected 4 at least, and"
                            + " half of them below the latter",
                    buckets, longest);
        }
        int span = buckets > 0 ? buckets : longest;
        return new Relative(span, buckets, longest, config.flag("share_att_key", false));
    }

    /** A list, or names with bars between them. */
    private static Set<String> types(ModelConfig config) throws IOException {
        Set<String> types = new LinkedHashSet<>();
        if (!config.has(TYPES)) {
            return types;
        }
        if (config.json().get(TYPES) instanceof JsonArray list) {
            for (JsonElement each : list) {
                if (!(each instanceof JsonPrimitive name) || !name.isString()) {
                    throw config.wrong(TYPES, each, "a list of names");
                }
                types.add(name.getAsString());
            }
        } else {
            types.addAll(List.of(names(config.string(TYPES))));
        }
        types.removeIf(String::isEmpty);
        if (!KNOWN.containsAll(types)) {
            throw ModelConfig.invalid("%s is %s; expected some of %s", TYPES, types, KNOWN);
        }
        return types;
    }

    private static String[] names(String joined) {
        return joined.toLowerCase(Locale.ROOT).strip().split("\\s*\\|\\s*", -1);
    }

    /** Returns what scores are multiplied by: 1/√(d (1 + the kinds of relative positions)). */
    public double scale() {
        int kinds = 1 + (keys ? 1 : 0) + (queries ? 1 : 0);
        int headDim = numbers.hiddenSize() / numbers.heads();
        return 1 / Math.sqrt((double) headDim * kinds);
    }
}
