/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import org.lora4j.hf.nn.FamilyBlock;

/**
 * A layer of a decoder.
 *
 * <p>Inputs: hidden states [N, H], the sequences' lengths [S], and what else the family's attention
 * reads; output [N, H]. Temporaries are freed when the layer ends.
 */
public abstract class DecoderLayer extends FamilyBlock {
    /** Creates a layer without children. */
    protected DecoderLayer() {}

    /**
     * Computes the layer.
     *
     * @param pass how the model is run
     * @param hidden hidden states [N, H]
     * @param state the layer's inputs, hidden states first
     * @return [N, H]
     */
    protected abstract NDArray compute(Pass pass, NDArray hidden, NDList state);

    /** Returns a block's inputs with other hidden states. */
    protected static NDList with(NDArray hidden, NDList state) {
        NDList list = new NDList(state);
        list.set(0, hidden);
        return list;
    }

    @Override
    protected final NDList forward(Pass pass, NDList inputs) {
        NDArray x = inputs.get(0);
        NDManager outer = x.getManager();
        try (NDManager scope = outer.newSubManager()) {
            scope.tempAttachAll(x);
            NDArray out = compute(pass, x, inputs);
            out.attach(outer);
            return new NDList(out);
        }
    }
}
