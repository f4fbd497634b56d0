/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.phi;

import java.io.IOException;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.decoder.DecoderAttention.Projections;
import org.lora4j.hf.decoder.DecoderBase;
import org.lora4j.hf.decoder.DecoderBodyFamily;
import org.lora4j.hf.decoder.DecoderConfig;
import org.lora4j.hf.decoder.DecoderDefaults;
import org.lora4j.hf.decoder.DecoderParts;
import org.lora4j.hf.decoder.GatedMlp;
import org.lora4j.hf.decoder.SlidingWindows;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;

/**
 * Phi3ForCausalLM: Llama with one projection for queries, keys and values, and one for gate and up.
 */
public final class Phi3Family extends DecoderBodyFamily {
    @Override
    public FamilyNames names() {
        return new FamilyNames("phi3", TARGETS, DecoderParts::rename, "Phi3ForCausalLM");
    }

    @Override
    protected DecoderBase base(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        DecoderConfig numbers = DecoderConfig.of(config, DecoderDefaults.PHI3);
        DecoderParts parts = new DecoderParts(config, numbers, weights, context);
        double residual = config.probability("resid_pdrop", 0);
        int window = SlidingWindows.size(config, 0);
        return parts.base(
                i -> {
                    String path = DecoderParts.path(i);
                    return parts.layer(
                                    i,
                                    parts.attention(i, parts.shape(window), Projections.FUSED),
                                    new GatedMlp(path + ".mlp", numbers, true, false, weights))
                            .withResidualDropouts(
                                    parts.dropout(path + ".resid_attn_dropout", residual),
                                    parts.dropout(path + ".resid_mlp_dropout", residual));
                });
    }
}
