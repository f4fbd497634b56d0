/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import java.util.List;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.ModuleList;

/** The module that has a model's layers, listed under "layer". A family adds what they share. */
public abstract class EncoderStack extends FamilyBlock {
    private final ModuleList layers;

    /**
     * Lists layers.
     *
     * @param layers at least one
     */
    @SuppressWarnings("this-escape")
    protected EncoderStack(List<? extends Block> layers) {
        this.layers = new ModuleList(layers);
        child("layer", this.layers);
    }

    final List<Slot> layers() {
        return layers.slots();
    }

    /**
     * Computes what all layers read beside their own input; nothing by default.
     *
     * @param pass how the model is run
     * @param ids token ids [B, T]; their manager owns the result
     */
    protected NDList shared(Pass pass, NDArray ids) {
        return new NDList();
    }

    /** Runs the layers one after another. */
    @Override
    protected final NDList forward(Pass pass, NDList inputs) {
        NDList state = new NDList(inputs);
        for (Slot layer : layers()) {
            state.set(0, layer.apply(pass, state).singletonOrThrow());
        }
        return new NDList(state.get(0));
    }
}
