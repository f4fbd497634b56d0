/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import java.io.IOException;
import org.lora4j.block.LoraContext;

/** A family of encoders, which classify texts or their tokens. */
public non-sealed interface EncoderFamily extends ModelFamily {
    /** Returns the path of the head's last layer, whose rows are the classes. */
    String classifierOutput();

    /**
     * Returns the path of the linear layer of the pooler that transformers' bare model has, whether
     * its classifier uses it or not; empty for none.
     */
    default String poolerPath() {
        return "";
    }

    /**
     * Builds an encoder with a classification head.
     *
     * @param config the model's configuration
     * @param weights its tensors; a head that is not among them is drawn
     * @param classes C
     * @param context what adapters will share
     * @throws IOException if the configuration or the tensors do not make a model
     */
    SequenceClassifier sequenceClassifier(
            ModelConfig config, Checkpoint weights, int classes, LoraContext context)
            throws IOException;

    /**
     * Builds an encoder with a head that reads each token. A family without one refuses it, which
     * is the default.
     *
     * @param config the model's configuration
     * @param weights its tensors; a head that is not among them is drawn
     * @param head the head
     * @param context what adapters will share
     * @throws IOException if the configuration or the tensors do not make a model
     */
    default TokenClassifier tokenClassifier(
            ModelConfig config, Checkpoint weights, TokenHead head, LoraContext context)
            throws IOException {
        throw new IOException(
                "model_type \"%s\" has no head for each token here (%s); expected a family that has one, such as bert or roberta"
                        .formatted(names().modelType(), head.kind().architecture()));
    }

    /**
     * Builds an encoder without a head, whose hidden states of all tokens are read. It has the
     * pooler that transformers' bare model has, unused, where the checkpoint has it, so that it is
     * saved again. A family without such a form refuses it, which is the default.
     *
     * @param config the model's configuration
     * @param weights its tensors
     * @param context what adapters will share
     * @throws IOException if the configuration or the tensors do not make a model
     */
    default TextEncoder textEncoder(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        throw new IOException(
                ("model_type \"%s\" has no form without a head here, which an embedding needs;"
                                + " expected bert, roberta, xlm-roberta, camembert or distilbert")
                        .formatted(names().modelType()));
    }
}
