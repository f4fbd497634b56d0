/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import java.util.List;

/** A family of models, by the model_type of config.json. */
public sealed interface ModelFamily permits EncoderFamily, DecoderFamily {
    /** Returns the model_type that the family answers to. */
    String modelType();

    /** Returns the modules that are adapted where a configuration names none: PEFT's table. */
    List<String> defaultTargets();

    /**
     * Gives a tensor's name in the model for its name in a file, so that checkpoints of the bare
     * model and of older releases are read too.
     *
     * @param name a tensor's name in a file
     */
    String rename(String name);
}
