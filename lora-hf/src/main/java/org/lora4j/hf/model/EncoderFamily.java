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
    /**
     * Returns the path of the linear layer of the pooler that transformers' bare model has, whether
     * its classifier uses it or not; empty for none.
     */
    default String poolerPath() {
        return "";
    }

    /**
     * Returns the path of the last layer of a head that reads each token.
     *
     * @param kind what the head is for
     */
    default String tokenHeadPath(TokenHead.Kind kind) {
        return kind.path();
    }

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
}
