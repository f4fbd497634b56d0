/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import java.io.IOException;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.DecoderFamily;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.model.TextEncoder;

/**
 * A family that says what its decoders are without a head; the heads are put on here. Stateless, as
 * its families are.
 */
public abstract class DecoderBodyFamily implements DecoderFamily {
    /** Creates a family. */
    protected DecoderBodyFamily() {}

    /**
     * Builds a decoder without a head.
     *
     * @param config the model's configuration
     * @param weights its tensors
     * @param context what adapters will share
     * @throws IOException if the configuration or the tensors do not make a model
     */
    protected abstract DecoderBase base(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException;

    @Override
    public final CausalLanguageModel causalLanguageModel(
            ModelConfig config, Checkpoint weights, LoraContext context) throws IOException {
        return base(config, weights, context).languageModel(weights);
    }

    @Override
    public final SequenceClassifier sequenceClassifier(
            ModelConfig config, Checkpoint weights, int classes, LoraContext context)
            throws IOException {
        return base(config, weights, context).classifier(weights, classes);
    }

    @Override
    public final TextEncoder textEncoder(
            ModelConfig config, Checkpoint weights, LoraContext context) throws IOException {
        return base(config, weights, context).textEncoder();
    }
}
