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
import org.lora4j.hf.nn.FamilyBlock.Pass;

/**
 * What transformers calls the model without its head: tables, layers and what comes after them.
 *
 * <p>The roots of {@link EncoderBody} run it in parts.
 */
public interface EncoderBlocks extends Block {
    /**
     * Returns the paths of the modules that only name others.
     *
     * @param path the body's
     */
    List<String> frames(String path);

    /** Returns the path of the word table within the body. */
    String words();

    /** Returns the number of layers. */
    int layerCount();

    /**
     * Makes the first layer's input.
     *
     * @param pass how the model is run
     * @param inputs token ids [B, T], token types [B, T] and the places of the tokens in them [N]
     * @return hidden states [N, H], and what all layers share
     */
    NDList embed(Pass pass, NDList inputs);

    /**
     * Runs a layer.
     *
     * @param index which, from 0
     * @param pass how the model is run
     * @param hidden hidden states [N, H], the arrays of their layout, and what all layers share
     * @param firstOnly whether only the first token of each text is wanted
     * @return [N, H]; or [B, H], which a layer may give where only first tokens are wanted
     */
    NDArray layer(int index, Pass pass, NDList hidden, boolean firstOnly);

    /**
     * Finishes rows of the last layer: a last normalisation, where the family has one.
     *
     * @param pass how the model is run
     * @param rows [M, H]
     */
    default NDArray normalise(Pass pass, NDArray rows) {
        return rows;
    }

    /**
     * Runs the pooler on each text's first row, or returns the rows where there is none.
     *
     * @param pass how the model is run
     * @param first [B, H]
     */
    default NDArray pool(Pass pass, NDArray first) {
        return first;
    }
}
