/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.qwen;

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

/** Qwen2ForCausalLM (Qwen 2 and 2.5): Llama with biases on queries, keys and values. */
public final class Qwen2Family extends DecoderBodyFamily {
    @Override
    public FamilyNames names() {
        return new FamilyNames("qwen2", TARGETS, DecoderParts::rename, "Qwen2ForCausalLM");
    }

    @Override
    protected DecoderBase base(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        DecoderConfig numbers = DecoderConfig.of(config, DecoderDefaults.QWEN2);
        DecoderParts parts = new DecoderParts(config, numbers, weights, context);
        return parts.base(
                i ->
                        parts.layer(
                                i,
                                parts.attention(
                                        i,
                                        parts.shape(QwenWindows.of(config, i)),
                                        Projections.of(true, false)),
                                parts.mlp(i, false)));
    }
}
