/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.decoder;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.lora4j.export.gguf.GgufFile;
import org.lora4j.export.gguf.GgufType;
import org.lora4j.hf.decoder.DecoderConfig;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.nn.Activation;

/**
 * A decoder's configuration under llama.cpp's keys. What llama.cpp's model cannot honour is refused
 * by its name, since the file would give other numbers. Stateless.
 */
public final class DecoderSettings {
    private DecoderSettings() {}

    /** The heads of queries, and of keys and values. */
    public record Heads(int query, int key) {}

    /**
     * Adds the settings.
     *
     * @param file the file
     * @param config config.json
     * @param family what the family is to llama.cpp
     * @param manager makes the tensors that some rotary settings need
     * @return the heads
     * @throws IOException if a setting is not llama.cpp's
     */
    public static Heads addTo(
            GgufFile file, ModelConfig config, LlamaCppFamily family, NDManager manager)
            throws IOException {
        return family.architecture().equals("gpt2")
                ? gpt2(file, config)
                : rotary(file, config, family, manager);
    }

    /**
     * Returns the heads that a configuration describes.
     *
     * @param config config.json
     * @param family what the family is to llama.cpp
     * @throws IOException if a number is missing or makes no sense
     */
    public static Heads heads(ModelConfig config, LlamaCppFamily family) throws IOException {
        if (family.architecture().equals("gpt2")) {
            int heads = config.positive("n_head");
            return new Heads(heads, heads);
        }
        DecoderConfig numbers = DecoderConfig.of(config, family.defaults());
        return new Heads(numbers.heads(), numbers.keyValueHeads());
    }

    /**
     * Returns whether the vocabulary projection is the word table; to llama.cpp Gemma 2's always
     * is.
     *
     * @param config config.json
     * @param family what the family is to llama.cpp
     * @throws IOException if the setting is no truth value
     */
    public static boolean tied(ModelConfig config, LlamaCppFamily family) throws IOException {
        String name = family.architecture();
        boolean otherwise = name.equals("gpt2") || family.defaults().tied();
        return name.equals("gemma2") || config.flag("tie_word_embeddings", otherwise);
    }

    private static Heads gpt2(GgufFile file, ModelConfig config) throws IOException {
        int hidden = config.positive("n_embd");
        int heads = config.positive("n_head");
        require(config, Activation.GELU_TANH, config.activation("activation_function", "gelu_new"));
        requireFlag(config, "scale_attn_weights", true, true);
        requireFlag(config, "scale_attn_by_inverse_layer_idx", false, false);
        int inner = config.has("n_inner") ? config.positive("n_inner") : 4 * hidden;
        file.put("gpt2.block_count", config.positive("n_layer"))
                .put("gpt2.context_length", config.positive("n_positions"))
                .put("gpt2.embedding_length", hidden)
                .put("gpt2.feed_forward_length", inner)
                .put("gpt2.attention.head_count", heads)
                .put(
                        "gpt2.attention.layer_norm_epsilon",
                        (float) config.epsilon("layer_norm_epsilon", 1e-5));
        return new Heads(heads, heads);
    }

    private static Heads rotary(
            GgufFile file, ModelConfig config, LlamaCppFamily family, NDManager manager)
            throws IOException {
        String name = family.architecture();
        boolean gemma = name.equals("gemma2");
        DecoderConfig numbers = DecoderConfig.of(config, family.defaults());
        require(
                config,
                gemma ? Activation.GELU_TANH : Activation.SILU,
                gemma
                        ? config.activation("hidden_activation", "gelu_pytorch_tanh")
                        : numbers.activation());
        int window = window(config, gemma);
        int context = numbers.maxPositions();
        if (!gemma && window > 0 && window < context) {
            context =
                    window; // up to which llama.cpp, which looks at all tokens, gives these numbers
        }
        file.put(name + ".block_count", numbers.layers())
                .put(name + ".context_length", context)
                .put(name + ".embedding_length", numbers.hiddenSize())
                .put(name + ".feed_forward_length", numbers.intermediateSize())
                .put(name + ".attention.head_count", numbers.heads())
                .put(name + ".attention.head_count_kv", numbers.keyValueHeads())
                .put(name + ".attention.key_length", numbers.headDim())
                .put(name + ".attention.value_length", numbers.headDim())
                .put(name + ".attention.layer_norm_rms_epsilon", (float) numbers.normEps());
        if (gemma) {
            gemma(file, config, numbers, window);
        }
        if (name.equals("phi3")) {
            file.put(name + ".attention.sliding_window", 0);
        }
        scaling(file, config, numbers, name, manager);
        return new Heads(numbers.heads(), numbers.keyValueHeads());
    }

    /** Where tokens see only so many before them; 0 where they see all. */
    private static int window(ModelConfig config, boolean gemma) throws IOException {
        String type = config.modelType();
        if (type.startsWith("qwen") && !config.flag("use_sliding_window", false)) {
            return 0;
        }
        if (gemma && !config.has("sliding_window")) {
            return 4096;
        }
        if (type.equals("llama") || !config.has("sliding_window")) {
            return 0;
        }
        return config.positive("sliding_window");
    }

    private static void gemma(GgufFile file, ModelConfig config, DecoderConfig numbers, int window)
            throws IOException {
        double scale = config.number("query_pre_attn_scalar", 256);
        // llama.cpp takes the model of 46 layers for the one of 27 billion parameters
        double own =
                numbers.layers() == 46
                        ? (double) numbers.hiddenSize() / numbers.heads()
                        : numbers.headDim();
        if (scale != own) {
            throw ModelConfig.invalid(
                    "query_pre_attn_scalar is %s, and llama.cpp divides by the root of %s; such a"
                            + " model cannot be a GGUF file",
                    scale, own);
        }
        if (config.has("layer_types")) {
            for (int i = 0; i < numbers.layers(); i++) {
                String expected = i % 2 == 0 ? "sliding_attention" : "full_attention";
                String found = config.json().getAsJsonArray("layer_types").get(i).getAsString();
                if (!found.equals(expected)) {
                    throw ModelConfig.invalid(
                            "layer_types has \"%s\" for layer %s, and llama.cpp %s; such a model"
                                    + " cannot be a GGUF file",
                            found, i, expected);
                }
            }
        }
        file.put("gemma2.attention.sliding_window", window)
                .put(
                        "gemma2.attn_logit_softcapping",
                        (float) cap(config, "attn_logit_softcapping", 50))
                .put(
                        "gemma2.final_logit_softcapping",
                        (float) cap(config, "final_logit_softcapping", 30));
    }

    private static double cap(ModelConfig config, String key, double otherwise) throws IOException {
        if (config.json().has(key) && !config.has(key)) {
            throw ModelConfig.invalid(
                    "%s is null, and llama.cpp's Gemma 2 always has a cap; such a model cannot be a"
                            + " GGUF file",
                    key);
        }
        return config.number(key, otherwise);
    }

    private static void scaling(
            GgufFile file,
            ModelConfig config,
            DecoderConfig numbers,
            String name,
            NDManager manager)
            throws IOException {
        ModelConfig scaling = config.section("rope_scaling");
        if (scaling == null || scaling.json().isEmpty()) {
            scaling = config.section("rope_parameters");
        }
        double theta = number(config, scaling, "rope_theta", 10_000);
        boolean phi = name.equals("phi3");
        double part = phi ? number(config, scaling, "partial_rotary_factor", 1) : 1;
        int turned = (int) (numbers.headDim() * part);
        file.put(name + ".rope.freq_base", (float) theta)
                .put(name + ".rope.dimension_count", turned);
        if (phi) {
            file.put(
                    name + ".rope.scaling.original_context_length",
                    config.integer("original_max_position_embeddings", 4096));
        }
        String type =
                scaling == null
                        ? "default"
                        : scaling.string("rope_type", scaling.string("type", "default"));
        if (scaling == null || type.equals("default")) {
            return;
        }
        switch (type) {
            case "linear" ->
                    file.put(name + ".rope.scaling.type", "linear")
                            .put(name + ".rope.scaling.factor", (float) scaling.number("factor"));
            case "llama3" -> {
                float[] factors = llama3(config, scaling, theta, turned);
                file.tensor(
                        "rope_freqs.weight",
                        new Shape(factors.length),
                        GgufType.F32,
                        use -> use.take(manager.create(factors)));
            }
            default ->
                    throw ModelConfig.invalid(
                            "rope type \"%s\" has no GGUF form here; expected default, linear or"
                                    + " llama3",
                            type);
        }
    }

    private static double number(
            ModelConfig config, @Nullable ModelConfig scaling, String key, double otherwise)
            throws IOException {
        double outside = config.number(key, otherwise);
        return scaling == null ? outside : scaling.number(key, outside);
    }

    /** What each frequency is divided by: generate_extra_tensors of conversion/llama.py. */
    private static float[] llama3(ModelConfig config, ModelConfig scaling, double theta, int dim)
            throws IOException {
        double factor = scaling.number("factor");
        double low = scaling.number("low_freq_factor");
        double high = scaling.number("high_freq_factor");
        double original =
                config.number(
                        "original_max_position_embeddings",
                        scaling.number("original_max_position_embeddings", 8192));
        float[] factors = new float[dim / 2];
        for (int i = 0; i < factors.length; i++) {
            double length = 2 * Math.PI * Math.pow(theta, 2.0 * i / dim);
            if (length < original / high) {
                factors[i] = 1;
            } else if (length > original / low) {
                factors[i] = (float) factor;
            } else {
                double smooth = (original / length - low) / (high - low);
                factors[i] = (float) (1 / ((1 - smooth) / factor + smooth));
            }
        }
        return factors;
    }

    private static void require(ModelConfig config, Activation expected, Activation found)
            throws IOException {
        if (found != expected) {
            throw ModelConfig.invalid(
                    "the activation is %s, and llama.cpp's %s has %s; such a model cannot be a GGUF"
                            + " file",
                    found, config.modelType(), expected);
        }
    }

    private static void requireFlag(
            ModelConfig config, String key, boolean otherwise, boolean expected)
            throws IOException {
        if (config.flag(key, otherwise) != expected) {
            throw ModelConfig.invalid(
                    "%s is %s, which llama.cpp's GPT-2 does not know; such a model cannot be a GGUF"
                            + " file",
                    key, !expected);
        }
    }
}
