/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.gpt2;

import java.io.IOException;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.DecoderFamily;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;

/**
 * GPT2LMHeadModel: learned positions, layer normalisations with biases, and linear layers whose
 * weights are stored [in, out].
 */
public final class Gpt2Family implements DecoderFamily {
    @Override
    public FamilyNames names() {
        return new FamilyNames("gpt2", TARGETS, Gpt2Family::rename, "GPT2LMHeadModel");
    }

    @Override
    public CausalLanguageModel causalLanguageModel(
            ModelConfig config, Checkpoint weights, LoraContext context) throws IOException {
        return Gpt2Model.read(Gpt2Config.of(config), weights, context);
    }

    private static String rename(String name) {
        return name.startsWith("transformer.") || name.startsWith("lm_head.")
                ? name
                : "transformer." + name;
    }
}
