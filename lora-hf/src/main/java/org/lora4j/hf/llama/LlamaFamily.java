/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.llama;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.CausalLanguageModel;
import org.lora4j.hf.Checkpoint;
import org.lora4j.hf.DecoderFamily;
import org.lora4j.hf.ModelConfig;
import org.lora4j.hf.decoder.Decoder;
import org.lora4j.hf.decoder.DecoderAttention;
import org.lora4j.hf.decoder.DecoderConfig;
import org.lora4j.hf.decoder.DecoderStack;
import org.lora4j.hf.decoder.GatedMlp;
import org.lora4j.hf.decoder.PreNormLayer;
import org.lora4j.hf.decoder.RotaryFrequencies;
import org.lora4j.hf.nn.EmbeddingBlock;
import org.lora4j.torch.AttentionShape;

/** LlamaForCausalLM. */
public final class LlamaFamily implements DecoderFamily {
    @Override
    public String modelType() {
        return "llama";
    }

    @Override
    public List<String> defaultTargets() {
        return List.of("q_proj", "v_proj");
    }

    @Override
    public String rename(String name) {
        return name.startsWith("model.") || name.startsWith("lm_head.") ? name : "model." + name;
    }

    @Override
    public String causalArchitecture() {
        return "LlamaForCausalLM";
    }

    @Override
    public CausalLanguageModel causalLanguageModel(
            ModelConfig config, Checkpoint weights, LoraContext context) throws IOException {
        DecoderConfig numbers = DecoderConfig.of(config, false);
        RotaryFrequencies rotary = RotaryFrequencies.of(config, numbers.headDim());
        int hidden = numbers.hiddenSize();
        EmbeddingBlock words =
                weights.embedding("model.embed_tokens", numbers.vocabularySize(), hidden);
        List<PreNormLayer> layers = new ArrayList<>();
        for (int i = 0; i < numbers.layers(); i++) {
            layers.add(layer(i, config, numbers, weights));
        }
        DecoderStack stack =
                new DecoderStack(
                        words,
                        layers,
                        weights.rmsNorm("model.norm", hidden, numbers.normEps()),
                        rotary);
        return new Decoder(
                numbers,
                stack,
                numbers.tied()
                        ? weights.tiedHead(words)
                        : weights.linear("lm_head", hidden, numbers.vocabularySize(), false),
                context);
    }

    private static PreNormLayer layer(
            int index, ModelConfig config, DecoderConfig numbers, Checkpoint weights)
            throws IOException {
        String path = "model.layers." + index;
        boolean bias = config.flag("attention_bias", false);
        AttentionShape shape =
                new AttentionShape(
                        numbers.heads(),
                        numbers.keyValueHeads(),
                        1 / Math.sqrt(numbers.headDim()),
                        0,
                        0);
        int hidden = numbers.hiddenSize();
        return new PreNormLayer(
                new DecoderAttention(
                        path + ".self_attn",
                        index,
                        numbers,
                        shape,
                        new DecoderAttention.Biases(bias, bias),
                        weights),
                new GatedMlp(path + ".mlp", numbers, config.flag("mlp_bias", false), weights),
                weights.rmsNorm(path + ".input_layernorm", hidden, numbers.normEps()),
                weights.rmsNorm(path + ".post_attention_layernorm", hidden, numbers.normEps()));
    }
}
