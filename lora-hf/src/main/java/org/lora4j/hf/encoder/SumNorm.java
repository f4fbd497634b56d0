/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;

/** LayerNorm(drop(dense(x)) + residual): what ends both parts of a {@link BertLayer}. */
final class SumNorm extends FamilyBlock {
    private final Slot dense;
    private final Slot norm;
    private final HiddenDropout dropout;

    @SuppressWarnings("this-escape")
    SumNorm(String path, int in, EncoderConfig config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        int hidden = config.hiddenSize();
        dense = child("dense", weights.linear(path + ".dense", in, hidden));
        norm =
                child(
                        "LayerNorm",
                        weights.layerNorm(path + ".LayerNorm", hidden, config.layerNormEps()));
        dropout = new HiddenDropout(path + ".dropout", config.hiddenDropout(), dropouts);
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray x = dropout.apply(pass, dense.apply(pass, inputs.get(0)));
        return norm.apply(pass, new NDList(x, inputs.get(1)));
    }
}
