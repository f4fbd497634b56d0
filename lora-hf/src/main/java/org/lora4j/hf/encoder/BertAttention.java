/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import java.io.IOException;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;

/**
 * The attention part of a layer with its sum and normalisation.
 *
 * <p>Inputs: the positions that ask [B, Q, H], all positions [B, T, H] and, optionally, a mask;
 * output [B, Q, H].
 */
final class BertAttention extends FamilyBlock {
    private final Slot self;
    private final Slot output;

    @SuppressWarnings("this-escape")
    BertAttention(
            String path,
            Block attention,
            EncoderConfig config,
            Checkpoint weights,
            DropoutSwitch dropouts)
            throws IOException {
        self = child("self", attention);
        output =
                child(
                        "output",
                        new SumNorm(
                                path + ".output", config.hiddenSize(), config, weights, dropouts));
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray attended = self.apply(pass, inputs).singletonOrThrow();
        return output.apply(pass, new NDList(attended, inputs.get(0)));
    }
}
