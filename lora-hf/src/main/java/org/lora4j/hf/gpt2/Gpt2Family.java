/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.gpt2;

import ai.djl.nn.Block;
import java.io.IOException;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.decoder.Decoder;
import org.lora4j.hf.decoder.DecoderNames;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.DecoderFamily;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.EmbeddingBlock;

/**
 * GPT2LMHeadModel: learned positions, layer normalisations with biases, and linear layers whose
 * weights are stored [in, out].
 */
public final class Gpt2Family implements DecoderFamily {
    private static final DecoderNames NAMES = new DecoderNames("transformer", "wte", "h");

    @Override
    public FamilyNames names() {
        return new FamilyNames("gpt2", TARGETS, Gpt2Family::rename, "GPT2LMHeadModel");
    }

    @Override
    public CausalLanguageModel causalLanguageModel(
            ModelConfig config, Checkpoint weights, LoraContext context) throws IOException {
        Gpt2Config numbers = Gpt2Config.of(config);
        DropoutSwitch dropouts = new DropoutSwitch(context.steps());
        int hidden = numbers.hiddenSize();
        int entries = numbers.vocabularySize();
        EmbeddingBlock words = weights.embedding("transformer.wte", entries, hidden);
        Gpt2Stack stack = new Gpt2Stack(words, numbers, weights, dropouts);
        Block head = weights.head("lm_head", words, entries, hidden, numbers.tied());
        return new Decoder(NAMES, entries, numbers.positions(), stack, head, 0, dropouts, context);
    }

    private static String rename(String name) {
        return name.startsWith("transformer.") || name.startsWith("lm_head.")
                ? name
                : "transformer." + name;
    }
}
