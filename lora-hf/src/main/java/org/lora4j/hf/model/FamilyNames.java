/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What a family and its parts are called.
 *
 * @param modelType the model_type of config.json that the family answers to
 * @param defaultTargets the modules that are adapted where a configuration names none: all linear
 *     layers of a decoder, and those of an encoder that PEFT's
 *     TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING names
 * @param rename gives a tensor's name in the model for its name in a file, so that checkpoints of
 *     the bare model and of older releases are read too
 * @param architecture the class name that transformers gives the model with its head, for
 *     config.json
 */
public record FamilyNames(
        String modelType,
        List<String> defaultTargets,
        UnaryOperator<String> rename,
        String architecture) {
    /** Copies the list. */
    public FamilyNames {
        defaultTargets = List.copyOf(defaultTargets);
    }

    /**
     * Returns the class name that transformers gives a model with a head that reads each token.
     *
     * @param kind what the head is for
     */
    public String architecture(TokenHead.Kind kind) {
        return architecture(kind.architecture());
    }

    /**
     * Returns the class name that transformers gives the model with another head.
     *
     * @param ending how the name ends, such as "ForSequenceClassification"
     */
    public String architecture(String ending) {
        return architecture.replaceFirst("(For[A-Z]\\w*|LMHeadModel)$", "") + ending;
    }
}
