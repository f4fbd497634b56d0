/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.gemma;

import java.io.IOException;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.decoder.DecoderAttention.Projections;
import org.lora4j.hf.decoder.DecoderBase;
import org.lora4j.hf.decoder.DecoderBodyFamily;
import org.lora4j.hf.decoder.DecoderConfig;
import org.lora4j.hf.decoder.DecoderDefaults;
import org.lora4j.hf.decoder.DecoderParts;
import org.lora4j.hf.decoder.OutputScales;
import org.lora4j.hf.decoder.SandwichLayer;
import org.lora4j.hf.decoder.SlidingWindows;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.nn.Activation;
import org.lora4j.hf.nn.RmsNormBlock;
import org.lora4j.torch.AttentionShape;

/**
 * Gemma2ForCausalLM: Llama with caps on scores and logits, alternating sliding windows, word
 * vectors scaled by √H, and normalisations around both halves of a layer that multiply by 1 + w.
 */
public final class Gemma2Family extends DecoderBodyFamily {
    @Override
    public FamilyNames names() {
        return new FamilyNames("gemma2", TARGETS, DecoderParts::rename, "Gemma2ForCausalLM");
    }

    @Override
    protected DecoderBase base(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        // hidden_act, which older files have too, is not read by transformers
        Activation activation = config.activation("hidden_activation", "gelu_pytorch_tanh");
        DecoderConfig numbers =
                DecoderConfig.of(config, DecoderDefaults.GEMMA2).withActivation(activation);
        DecoderParts parts = new DecoderParts(config, numbers, weights, context);
        boolean bias = config.flag("attention_bias", false);
        OutputScales scales =
                new OutputScales(
                        Math.sqrt(numbers.hiddenSize()),
                        cap(config, "final_logit_softcapping", 30));
        return parts.base(
                i ->
                        new SandwichLayer(
                                parts.attention(
                                        i, shape(config, numbers, i), Projections.of(bias, bias)),
                                parts.mlp(i, false),
                                norm(DecoderParts.path(i) + ".input_layernorm", numbers, weights),
                                norm(
                                        DecoderParts.path(i) + ".post_attention_layernorm",
                                        numbers,
                                        weights),
                                norm(
                                        DecoderParts.path(i) + ".pre_feedforward_layernorm",
                                        numbers,
                                        weights),
                                norm(
                                        DecoderParts.path(i) + ".post_feedforward_layernorm",
                                        numbers,
                                        weights)),
                norm("model.norm", numbers, weights),
                scales);
    }

    private static AttentionShape shape(ModelConfig config, DecoderConfig numbers, int layer)
            throws IOException {
        if (config.flag("use_bidirectional_attention", false)) {
            throw ModelConfig.invalid(
                    "use_bidirectional_attention is true, which is not supported; expected a causal"
                            + " model");
        }
        return new AttentionShape(
                numbers.heads(),
                numbers.keyValueHeads(),
                1 / Math.sqrt(config.number("query_pre_attn_scalar", 256)),
                SlidingWindows.of(config, layer, SlidingWindows.size(config, 4096), layer % 2 == 0),
                cap(config, "attn_logit_softcapping", 50));
    }

    /** A cap whose absence means the family's own, and whose null means none. */
    private static double cap(ModelConfig config, String key, double otherwise) throws IOException {
        if (config.json().has(key) && !config.has(key)) {
            return 0;
        }
        double cap = config.number(key, otherwise);
        if (!(cap > 0)) {
            throw ModelConfig.invalid("%s is %s; expected above 0, or null for none", key, cap);
        }
        return cap;
    }

    private static RmsNormBlock norm(String path, DecoderConfig numbers, Checkpoint weights)
            throws IOException {
        return RmsNormBlock.ofGemma(
                weights.read(path + ".weight", numbers.hiddenSize()), numbers.normEps());
    }
}
