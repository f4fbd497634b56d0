/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What a family of encoders and its parts are called.
 *
 * @param modelType the model_type that the family answers to
 * @param defaultTargets the modules that are adapted where a configuration names none
 * @param rename gives a tensor's name in the model for its name in a file
 * @param classifierArchitecture the class name that transformers gives the classifier
 * @param classifierOutput the path of the head's last layer, whose rows are the classes
 */
public record EncoderNames(
        String modelType,
        List<String> defaultTargets,
        UnaryOperator<String> rename,
        String classifierArchitecture,
        String classifierOutput) {
    /** Copies the list. */
    public EncoderNames {
        defaultTargets = List.copyOf(defaultTargets);
    }
}
