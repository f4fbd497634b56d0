/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import org.lora4j.hf.nn.FamilyBlock.Pass;

/**
 * What transformers calls the model without its head: tables, layers and a last normalisation.
 *
 * <p>{@link Decoder} runs it in parts.
 */
public interface DecoderBody extends Block {
    /** Returns the number of layers. */
    int layerCount();

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
    NDArray layer(int index, Pass pass, NDList state);

    /**
     * Runs the last normalisation.
     *
     * @param pass how the model is run
     * @param hidden the last layer's hidden states [M, H]
     * @return [M, H]
     */
    NDArray normalise(Pass pass, NDArray hidden);

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
