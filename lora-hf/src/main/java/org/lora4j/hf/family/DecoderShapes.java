/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.family;

import java.io.IOException;
import org.lora4j.hf.decoder.DecoderConfig;
import org.lora4j.hf.decoder.DecoderDefaults;
import org.lora4j.hf.decoder.DecoderParts;
import org.lora4j.hf.model.ModelConfig;

/** Writes down the modules of decoders with Llama's names. */
final class DecoderShapes {
    private final ModelConfig config;
    private final ModuleShapes shapes;
    private final String type;
    private final DecoderConfig numbers;

    DecoderShapes(ModelConfig config, ModuleShapes shapes) throws IOException {
        this.config = config;
        this.shapes = shapes;
        this.type = config.modelType();
        ConfiguredShapes.layers(config, "num_hidden_layers");
        this.numbers = DecoderConfig.of(config, defaults(type));
    }

    private static DecoderDefaults defaults(String type) {
        return switch (type) {
            case "mistral" -> DecoderDefaults.MISTRAL;
            case "qwen2" -> DecoderDefaults.QWEN2;
            case "qwen3" -> DecoderDefaults.QWEN3;
            case "gemma2" -> DecoderDefaults.GEMMA2;
            case "phi3" -> DecoderDefaults.PHI3;
            default -> DecoderDefaults.LLAMA;
        };
    }

    void add() throws IOException {
        int hidden = numbers.hiddenSize();
        shapes.embedding("model.embed_tokens", numbers.vocabularySize(), hidden);
        for (int i = 0; i < numbers.layers(); i++) {
            String layer = DecoderParts.path(i) + ".";
            if (type.equals("phi3")) {
                fused(layer);
            } else {
                attention(layer + "self_attn.");
                mlp(layer + "mlp.");
            }
            shapes.rmsNorm(layer + "input_layernorm", hidden);
            shapes.rmsNorm(layer + "post_attention_layernorm", hidden);
            if (type.equals("gemma2")) {
                shapes.rmsNorm(layer + "pre_feedforward_layernorm", hidden);
                shapes.rmsNorm(layer + "post_feedforward_layernorm", hidden);
            }
        }
        shapes.rmsNorm("model.norm", hidden);
        head(config.architecture(), hidden);
    }

    private void attention(String path) throws IOException {
        int hidden = numbers.hiddenSize();
        boolean configured =
                switch (type) {
                    case "llama", "qwen3", "gemma2" -> config.flag("attention_bias", false);
                    default -> false; // the others do not read it
                };
        boolean bias = configured || type.equals("qwen2");
        shapes.linear(path + "q_proj", hidden, numbers.queryWidth(), bias);
        shapes.linear(path + "k_proj", hidden, numbers.keyWidth(), bias);
        shapes.linear(path + "v_proj", hidden, numbers.keyWidth(), bias);
        shapes.linear(path + "o_proj", numbers.queryWidth(), hidden, configured);
        if (type.equals("qwen3")) {
            shapes.rmsNorm(path + "q_norm", numbers.headDim());
            shapes.rmsNorm(path + "k_norm", numbers.headDim());
        }
    }

    private void mlp(String path) throws IOException {
        int hidden = numbers.hiddenSize();
        int inner = numbers.intermediateSize();
        boolean bias = type.equals("llama") && config.flag("mlp_bias", false);
        shapes.linear(path + "gate_proj", hidden, inner, bias);
        shapes.linear(path + "up_proj", hidden, inner, bias);
        shapes.linear(path + "down_proj", inner, hidden, bias);
    }

    /** Phi-3's projections, three in one and two in one. */
    private void fused(String layer) {
        int hidden = numbers.hiddenSize();
        int inner = numbers.intermediateSize();
        long width = numbers.queryWidth() + 2L * numbers.keyWidth();
        shapes.linear(layer + "self_attn.qkv_proj", hidden, width, false);
        shapes.linear(layer + "self_attn.o_proj", numbers.queryWidth(), hidden, false);
        shapes.linear(layer + "mlp.gate_up_proj", hidden, 2L * inner, false);
        shapes.linear(layer + "mlp.down_proj", inner, hidden, false);
    }

    private void head(String architecture, int hidden) throws IOException {
        if (architecture.endsWith("ForSequenceClassification")) {
            shapes.output("score", hidden, ConfiguredShapes.labels(config), false);
        } else if (architecture.isEmpty() || architecture.endsWith("ForCausalLM")) {
            shapes.head("lm_head", hidden, numbers.vocabularySize(), numbers.tied());
        }
    }
}
