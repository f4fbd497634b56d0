/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import java.io.IOException;
import org.lora4j.block.LoraContext;

/**
 * Builds the blocks of models of one model_type. A family of your own implements {@link
 * DecoderFamily} or {@link EncoderFamily} and is registered with {@link
 * org.lora4j.hf.family.ModelFamilies}. Immutable, so that any number of threads may load models.
 */
public sealed interface ModelFamily permits EncoderFamily, DecoderFamily {
    /** Returns what the family and its parts are called. */
    FamilyNames names();

    /** Returns the path of the last layer of a classification head, whose rows are the classes. */
    String classifierOutput();

    /**
     * Builds a model with a classification head.
     *
     * @param config the model's configuration
     * @param weights its tensors; a head that is not among them is drawn
     * @param classes C
     * @param context what adapters will share
     * @throws IOException if the configuration or the tensors do not make a model, or the family
     *     has no such head
     */
    SequenceClassifier sequenceClassifier(
            ModelConfig config, Checkpoint weights, int classes, LoraContext context)
            throws IOException;

    /**
     * Builds the model without a head, whose hidden states of all tokens are read. It has the
     * pooler that transformers' bare model has, unused, where the checkpoint has it, so that it is
     * saved again. A family without that form refuses it, which is the default.
     *
     * @param config the model's configuration
     * @param weights its tensors
     * @param context what adapters will share
     * @throws IOException if the configuration or the tensors do not make a model
     */
    default TextEncoder textEncoder(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        throw new IOException(
                "model_type \"%s\" has no form without a head here, which an embedding needs; expected a family that has one, such as bert or qwen3"
                        .formatted(names().modelType()));
    }
}
