/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.hf.nn.ModuleList;

/**
 * What transformers calls the model without its head: tables, layers and a last normalisation.
 *
 * <p>{@link Decoder} runs it in parts.
 */
public interface DecoderBody extends Block {
    /** Returns the layers. */
    ModuleList layers();

    /** Returns the last normalisation. */
    FamilyBlock.Slot norm();

    /** Returns the number of layers. */
    default int layerCount() {
        return layers().slots().size();
    }

    /**
     * Makes the first layer's input.
     *
     * @param pass how the model is run
     * @param tokens ids [N], positions [N] and the lengths of the sequences [S]
     * @return hidden states [N, H], the lengths, and what else the layers need
     */
    NDList embed(Pass pass, NDList tokens);

    /**
     * Runs a layer.
     *
     * @param index which, from 0
     * @param pass how the model is run
     * @param state the layer's input
     * @return its hidden states [N, H]
     */
    default NDArray layer(int index, Pass pass, NDList state) {
        return layers().slots().get(index).apply(pass, state).singletonOrThrow();
    }

    /**
     * Runs the last normalisation.
     *
     * @param pass how the model is run
     * @param hidden the last layer's hidden states [M, H]
     * @return [M, H]
     */
    default NDArray normalise(Pass pass, NDArray hidden) {
        return norm().apply(pass, hidden);
    }

    /**
     * Runs all of it.
     *
     * @param pass how the model is run
     * @param tokens as {@link #embed} takes them
     * @return [N, H]
     */
    default NDList run(Pass pass, NDList tokens) {
        NDList state = embed(pass, tokens);
        for (int i = 0; i < layerCount(); i++) {
            state.set(0, layer(i, pass, state));
        }
        return new NDList(normalise(pass, state.get(0)));
    }

    /** Returns what word vectors are multiplied by. */
    default double wordScale() {
        return 1;
    }

    /** Returns whether sequences may be longer than the positions that the model was made for. */
    default boolean isUnbounded() {
        return false;
    }

    /**
     * Returns whether a sequence that grows to a length places all of its tokens otherwise than
     * before.
     *
     * @param length the tokens of the sequence
     */
    default boolean changesAt(int length) {
        return false;
    }
}
