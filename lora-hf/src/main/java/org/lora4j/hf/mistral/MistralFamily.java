/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.mistral;

import java.io.IOException;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.decoder.DecoderAttention.Projections;
import org.lora4j.hf.decoder.DecoderBase;
import org.lora4j.hf.decoder.DecoderBodyFamily;
import org.lora4j.hf.decoder.DecoderConfig;
import org.lora4j.hf.decoder.DecoderDefaults;
import org.lora4j.hf.decoder.DecoderParts;
import org.lora4j.hf.decoder.SlidingWindows;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;

/** MistralForCausalLM: Llama with a sliding window in every layer. */
public final class MistralFamily extends DecoderBodyFamily {
    @Override
    public FamilyNames names() {
        return new FamilyNames("mistral", TARGETS, DecoderParts::rename, "MistralForCausalLM");
    }

    @Override
    protected DecoderBase base(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        DecoderConfig numbers = DecoderConfig.of(config, DecoderDefaults.MISTRAL);
        DecoderParts parts = new DecoderParts(config, numbers, weights, context);
        int window = SlidingWindows.size(config, 4096);
        return parts.base(
                i ->
                        parts.layer(
                                i,
                                parts.attention(
                                        i, parts.shape(window), Projections.of(false, false)),
                                parts.mlp(i, false)));
    }
}
