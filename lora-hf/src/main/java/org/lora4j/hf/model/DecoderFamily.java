/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import java.io.IOException;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.core.TargetModules;

/** A family of decoders, which say what follows a text, and may classify it. */
public non-sealed interface DecoderFamily extends ModelFamily {
    /**
     * What is adapted where a configuration names nothing: all linear layers. Attention alone
     * learns less with as many parameters (Schulman et al. 2025, "LoRA Without Regret").
     */
    List<String> TARGETS = List.of(TargetModules.ALL_LINEAR);

    /**
     * Builds a decoder with its vocabulary projection.
     *
     * @param config the model's configuration
     * @param weights its tensors
     * @param context what adapters will share
     * @throws IOException if the configuration or the tensors do not make a model
     */
    CausalLanguageModel causalLanguageModel(
            ModelConfig config, Checkpoint weights, LoraContext context) throws IOException;

    @Override
    default String classifierOutput() {
        return "score";
    }

    /** Refused by default: for families that know the vocabulary projection alone. */
    @Override
    default SequenceClassifier sequenceClassifier(
            ModelConfig config, Checkpoint weights, int classes, LoraContext context)
            throws IOException {
        throw new IOException(
                "model_type \"%s\" has no classification head here; expected a family that extends DecoderBodyFamily, such as llama or qwen3"
                        .formatted(names().modelType()));
    }
}
