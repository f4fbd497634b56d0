/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.gpt2;

import java.io.IOException;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.decoder.DecoderBase;
import org.lora4j.hf.decoder.DecoderBodyFamily;
import org.lora4j.hf.decoder.DecoderNames;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.EmbeddingBlock;

/**
 * GPT2LMHeadModel: learned positions, layer normalisations with biases, and linear layers whose
 * weights are stored [in, out].
 */
public final class Gpt2Family extends DecoderBodyFamily {
    private static final List<String> HEADS = List.of("transformer.", "lm_head.", "score.");
    private static final DecoderNames NAMES = new DecoderNames("transformer", "wte", "h");

    @Override
    public FamilyNames names() {
        return new FamilyNames("gpt2", TARGETS, Gpt2Family::rename, "GPT2LMHeadModel");
    }

    @Override
    protected DecoderBase base(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        Gpt2Config numbers = Gpt2Config.of(config);
        DropoutSwitch dropouts = new DropoutSwitch(context.steps());
        int hidden = numbers.hiddenSize();
        int entries = numbers.vocabularySize();
        EmbeddingBlock words = weights.embedding("transformer.wte", entries, hidden);
        Gpt2Stack stack = new Gpt2Stack(words, numbers, weights, dropouts);
        int padding = config.integer("pad_token_id", -1);
        return new DecoderBase(
                NAMES,
                stack,
                words,
                entries,
                hidden,
                numbers.positions(),
                new DecoderBase.Output(numbers.tied(), 0),
                padding < entries ? padding : -1,
                dropouts,
                context);
    }

    private static String rename(String name) {
        return HEADS.stream().anyMatch(name::startsWith) ? name : "transformer." + name;
    }
}
