/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.modernbert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.Activation;
import org.lora4j.hf.nn.FamilyBlock;

/**
 * transformers' ModernBertPredictionHead: norm(act(dense(x))), [M, H] to [M, H]. A masked language
 * model has it too; what a checkpoint does not have is drawn.
 */
final class ModernBertHead extends FamilyBlock {
    static final String NAME = "head";

    private final Activation activation;
    private final Slot dense;
    private final Slot norm;

    @SuppressWarnings("this-escape")
    ModernBertHead(ModernBertConfig config, Checkpoint weights) throws IOException {
        int hidden = config.numbers().hiddenSize();
        double eps = config.numbers().layerNormEps();
        boolean bias = config.head().bias();
        activation = config.head().activation();
        dense = child("dense", weights.linearOrNew(NAME + ".dense", hidden, hidden, bias));
        norm =
                child(
                        "norm",
                        weights.layerNormOrNew(
                                NAME + ".norm", hidden, eps, config.biases().norm()));
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray x = dense.apply(pass, inputs.singletonOrThrow());
        return norm.apply(pass, new NDList(activation.apply(x)));
    }
}
