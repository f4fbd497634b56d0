/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.nn.Block;
import java.util.List;

/** The module that has a model's layers, which share nothing besides. */
public final class PlainStack extends EncoderStack {
    /**
     * Lists layers.
     *
     * @param layers at least one
     */
    public PlainStack(List<? extends Block> layers) {
        super(layers);
    }
}
