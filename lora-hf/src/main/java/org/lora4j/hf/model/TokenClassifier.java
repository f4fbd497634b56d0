/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import ai.djl.ndarray.NDArray;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.TokenLayout;

/**
 * The root of an encoder with a head that reads each token: token ids to logits of each token. As a
 * DJL block it gives [B, T, C], zero where there is padding; in parts it gives rows [N, C] of the
 * tokens as they are laid out.
 */
public abstract non-sealed class TokenClassifier extends EncoderRoot {
    /**
     * Creates a root without children.
     *
     * @param dropouts the switch that the model's dropouts were made with
     * @param context what adapters of the tree share; its steps are the switch's
     */
    protected TokenClassifier(DropoutSwitch dropouts, LoraContext context) {
        super(dropouts, context);
    }

    @Override
    final NDArray arranged(
            Pass pass, NDArray ids, NDArray typeIds, TokenLayout layout, int virtual) {
        return spread(pass, ids, typeIds, layout, virtual);
    }

    @Override
    final boolean readsTokens() {
        return true;
    }
}
