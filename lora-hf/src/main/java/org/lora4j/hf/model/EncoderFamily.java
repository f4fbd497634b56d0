/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import java.io.IOException;
import java.util.List;
import org.lora4j.block.LoraContext;

/** A family of encoders, which classify texts. */
public non-sealed interface EncoderFamily extends ModelFamily {
    /** Returns what the family and its parts are called. */
    EncoderNames names();

    @Override
    default String modelType() {
        return names().modelType();
    }

    @Override
    default List<String> defaultTargets() {
        return names().defaultTargets();
    }

    @Override
    default String rename(String name) {
        return names().rename().apply(name);
    }

    /** Returns the class name that transformers gives the model, for config.json. */
    default String classifierArchitecture() {
        return names().classifierArchitecture();
    }

    /** Returns the path of the head's last layer, whose rows are the classes. */
    default String classifierOutput() {
        return names().classifierOutput();
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
}
