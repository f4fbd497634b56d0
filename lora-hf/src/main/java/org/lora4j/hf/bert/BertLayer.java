/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.bert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import org.lora4j.hf.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.Named;

/**
 * One layer: attention, then a feed-forward part, each followed by a sum with its input and a
 * normalisation.
 *
 * <p>Inputs: hidden states [B, T, H] and, optionally, a mask [B, 1, 1, T] that is added to the
 * attention scores. Output [B, T, H]; where only the first position is asked for, [B, 1, H].
 */
final class BertLayer extends FamilyBlock {
    private final BertConfig config;
    private final Slot attention;
    private final Slot intermediate;
    private final Slot output;

    @SuppressWarnings("this-escape")
    BertLayer(String path, BertConfig config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        this.config = config;
        attention =
                child(
                        "attention",
                        new BertAttention(path + ".attention", config, weights, dropouts));
        int hidden = config.hiddenSize();
        int inner = config.intermediateSize();
        Named dense =
                new Named("dense", weights.linear(path + ".intermediate.dense", hidden, inner));
        intermediate = child("intermediate", dense);
        output =
                child(
                        "output",
                        new BertSumNorm(path + ".output", inner, config, weights, dropouts));
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        return new NDList(run(pass, inputs, false));
    }

    /** Runs the layer; with firstOnly, for the first position alone, which is all a head reads. */
    NDArray run(Pass pass, NDList inputs, boolean firstOnly) {
        NDArray x = inputs.get(0);
        NDManager outer = x.getManager();
        try (NDManager scope = outer.newSubManager()) {
            scope.tempAttachAll(x);
            NDArray queries = firstOnly ? x.get(":, :1") : x;
            NDList attended = new NDList(inputs);
            attended.add(0, queries);
            NDArray middle = attention.apply(pass, attended).singletonOrThrow();
            NDArray wide = config.activation().apply(intermediate.apply(pass, middle));
            NDArray out = output.apply(pass, new NDList(wide, middle)).singletonOrThrow();
            out.attach(outer);
            return out;
        }
    }
}
