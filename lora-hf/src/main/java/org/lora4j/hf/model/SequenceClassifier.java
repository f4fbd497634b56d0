/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.TokenRows;

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

    /**
     * Returns the hidden states that the head reads, by which it gives the same as for all tokens.
     *
     * @param hidden the last layer's hidden states and the arrays of their layout
     * @return a row for each text [B, H], in the order of the layout; by default that of its first
     *     token
     * @throws IllegalStateException if the head reads several tokens of a text
     */
    public NDArray read(NDList hidden) {
        return new TokenRows(hidden).firstTokens();
    }

    @Override
    final boolean readsTokens() {
        return false;
    }
}
