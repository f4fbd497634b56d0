/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.llama;

import java.io.IOException;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.decoder.DecoderAttention.Projections;
import org.lora4j.hf.decoder.DecoderBase;
import org.lora4j.hf.decoder.DecoderBodyFamily;
import org.lora4j.hf.decoder.DecoderConfig;
import org.lora4j.hf.decoder.DecoderDefaults;
import org.lora4j.hf.decoder.DecoderParts;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;

/** LlamaForCausalLM: Llama 1 to 3. */
public final class LlamaFamily extends DecoderBodyFamily {
    @Override
    public FamilyNames names() {
        return new FamilyNames("llama", TARGETS, DecoderParts::rename, "LlamaForCausalLM");
    }

    @Override
    protected DecoderBase base(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        DecoderConfig numbers = DecoderConfig.of(config, DecoderDefaults.LLAMA);
        DecoderParts parts = new DecoderParts(config, numbers, weights, context);
        boolean bias = config.flag("attention_bias", false);
        boolean mlpBias = config.flag("mlp_bias", false);
        return parts.base(
                i ->
                        parts.layer(
                                i,
                                parts.attention(i, parts.shape(0), Projections.of(bias, bias)),
                                parts.mlp(i, mlpBias)));
    }
}
