/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.qwen;

import java.io.IOException;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.decoder.DecoderAttention;
import org.lora4j.hf.decoder.DecoderAttention.Projections;
import org.lora4j.hf.decoder.DecoderBase;
import org.lora4j.hf.decoder.DecoderBodyFamily;
import org.lora4j.hf.decoder.DecoderConfig;
import org.lora4j.hf.decoder.DecoderDefaults;
import org.lora4j.hf.decoder.DecoderParts;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.nn.RmsNormBlock;

/** Qwen3ForCausalLM: Llama whose queries and keys are normalised head by head. */
public final class Qwen3Family extends DecoderBodyFamily {
    @Override
    public FamilyNames names() {
        return new FamilyNames("qwen3", TARGETS, DecoderParts::rename, "Qwen3ForCausalLM");
    }

    @Override
    protected DecoderBase base(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        DecoderConfig numbers = DecoderConfig.of(config, DecoderDefaults.QWEN3);
        DecoderParts parts = new DecoderParts(config, numbers, weights, context);
        boolean bias = config.flag("attention_bias", false);
        return parts.base(
                i -> {
                    String path = DecoderParts.path(i) + ".self_attn";
                    DecoderAttention attention =
                            parts.attention(
                                            i,
                                            parts.shape(QwenWindows.of(config, i)),
                                            Projections.of(bias, bias))
                                    .withHeadNorms(
                                            headNorm(path + ".q_norm", numbers, weights),
                                            headNorm(path + ".k_norm", numbers, weights));
                    return parts.layer(i, attention, parts.mlp(i, false));
                });
    }

    private static RmsNormBlock headNorm(String path, DecoderConfig numbers, Checkpoint weights)
            throws IOException {
        return weights.rmsNorm(path, numbers.headDim(), numbers.normEps());
    }
}
