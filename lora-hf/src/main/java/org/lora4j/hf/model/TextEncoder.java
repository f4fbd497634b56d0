/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.TokenLayout;

/**
 * The root of an encoder without a head: token ids to the last hidden state of each token, which
 * stands where others have logits. Its paths are those of transformers' bare model, AutoModel.
 *
 * <p>As a DJL block it gives [B, T, H], zero where there is padding; in parts it gives rows [N, H]
 * of the tokens as they are laid out, in float32.
 */
public abstract non-sealed class TextEncoder extends EncoderRoot {
    /**
     * Creates a root without children.
     *
     * @param dropouts the switch that the model's dropouts were made with
     * @param context what adapters of the tree share; its steps are the switch's
     */
    protected TextEncoder(DropoutSwitch dropouts, LoraContext context) {
        super(dropouts, context);
    }

    @Override
    public final List<String> headPaths() {
        return List.of();
    }

    /** The encoder's own parts are found at this root. */
    @Override
    public final boolean namesChildren() {
        return false;
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
