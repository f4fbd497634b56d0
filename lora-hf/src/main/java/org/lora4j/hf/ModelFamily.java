/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.io.IOException;
import java.util.List;
import org.lora4j.block.LoraContext;

/** A family of models, by the model_type of config.json. */
public interface ModelFamily {
    /** Returns the model_type that the family answers to. */
    String modelType();

    /** Returns the modules that are adapted where a configuration names none: PEFT's table. */
    List<String> defaultTargets();

    /**
     * Gives a tensor's name in the model for its name in a file, so that checkpoints of the bare
     * encoder and of older releases are read too.
     *
     * @param name a tensor's name in a file
     */
    String rename(String name);

    /** Returns the class name that transformers gives the model, for config.json. */
    String classifierArchitecture();

    /** Returns the path of the head's last layer, whose rows are the classes. */
    String classifierOutput();

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
