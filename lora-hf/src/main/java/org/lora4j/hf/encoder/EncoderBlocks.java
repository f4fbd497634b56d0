/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.List;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.hf.nn.TokenRows;

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

    /**
     * Runs all of it on texts of one length.
     *
     * @param pass how the model is run
     * @param inputs token ids and token types [B, T]
     * @return the vector of each text's first token [B, H]
     */
    default NDList run(Pass pass, NDList inputs) {
        NDArray ids = inputs.get(0);
        Shape shape = ids.getShape();
        TokenLayout layout = TokenLayout.full((int) shape.get(0), (int) shape.get(1));
        NDManager manager = ids.getManager();
        NDList arrays = layout.arrays(manager);
        NDList state = embed(pass, new NDList(ids, inputs.get(1), layout.places(manager)));
        NDArray h = state.get(0);
        arrays.addAll(state.subNDList(1));
        for (int i = 0; i < layerCount(); i++) {
            boolean last = i == layerCount() - 1;
            NDArray next = layer(i, pass, new NDList(h).addAll(arrays), last);
            h.close();
            h = next;
        }
        NDArray first = new TokenRows(new NDList(h).addAll(arrays)).firstTokens();
        // of one length, so in the order of the texts
        return new NDList(pool(pass, normalise(pass, first)));
    }
}
