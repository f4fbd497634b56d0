/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import org.lora4j.block.LoraContext;
import org.lora4j.hf.nn.DropoutSwitch;

/** The root of an encoder with a classification head: token ids to logits of each text [B, C]. */
public abstract non-sealed class SequenceClassifier extends EncoderRoot {
    /**
     * Creates a root without children.
     *
     * @param dropouts the switch that the model's dropouts were made with
     * @param context what adapters of the tree share; its steps are the switch's
     */
    protected SequenceClassifier(DropoutSwitch dropouts, LoraContext context) {
        super(dropouts, context);
    }
}
