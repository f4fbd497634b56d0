/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.TokenRows;

/**
 * A layer of an encoder, which can be run for the first position alone.
 *
 * <p>Inputs: hidden states [B, T, H] and, optionally, a mask [B, 1, 1, T] that is added to the
 * attention scores. Output [B, T, H]; where only the first position is asked for, [B, 1, H].
 */
public abstract class EncoderLayer extends FamilyBlock {
    /** Creates a layer without children. */
    protected EncoderLayer() {}

    /**
     * Computes the layer for some of the tokens.
     *
     * @param pass how the model is run
     * @param queries the tokens that are computed: all [N, H], or each text's first [B, H]
     * @param inputs the layer's inputs, as {@link TokenRows} reads them
     * @return shaped as queries
     */
    protected abstract NDArray compute(Pass pass, NDArray queries, NDList inputs);

    @Override
    protected final NDList forward(Pass pass, NDList inputs) {
        return new NDList(run(pass, inputs, false));
    }

    /**
     * Runs the layer in a place, for first tokens alone if no others are wanted.
     *
     * @param slot the place
     * @param pass how the model is run
     * @param inputs the layer's inputs
     * @param firstOnly whether only first tokens are wanted
     * @return [B, H] where a layer of this class gives first tokens alone, else [N, H]
     */
    public static NDArray run(Slot slot, Pass pass, NDList inputs, boolean firstOnly) {
        return slot.block() instanceof EncoderLayer layer
                ? layer.run(pass, inputs, firstOnly)
                : slot.apply(pass, inputs).singletonOrThrow(); // one that is trained whole
    }

    private NDArray run(Pass pass, NDList inputs, boolean firstOnly) {
        NDArray x = inputs.get(0);
        NDManager outer = x.getManager();
        try (NDManager scope = outer.newSubManager()) {
            scope.tempAttachAll(x);
            NDArray out =
                    compute(pass, firstOnly ? new TokenRows(inputs).firstTokens() : x, inputs);
            out.attach(outer);
            return out;
        }
    }
}
