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
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.torch.Torch;

/**
 * RoBERTa's head, at "classifier": out_proj(drop(tanh(dense(drop(x))))), [B, H] to [B, C]. Layers
 * that a checkpoint does not have are drawn.
 */
public final class TwoLayerHead extends FamilyBlock {
    private static final String PATH = "classifier";

    private final Slot dense;
    private final Slot output;
    private final HiddenDropout before;
    private final HiddenDropout between;

    /**
     * Reads or draws the layers.
     *
     * @param body the encoder
     * @param weights its tensors
     * @param classes C
     * @throws IOException if there are too many problems to go on
     */
    @SuppressWarnings("this-escape")
    public TwoLayerHead(EncoderBody body, Checkpoint weights, int classes) throws IOException {
        int hidden = body.config().hiddenSize();
        dense = child("dense", weights.linearOrNew(PATH + ".dense", hidden, hidden));
        output = child("out_proj", weights.linearOrNew(PATH + ".out_proj", hidden, classes));
        // transformers has one dropout that it calls twice; the masks are not the same
        double p = body.config().classifierDropout();
        before = new HiddenDropout(PATH + ".dropout", p, body.dropouts());
        between = new HiddenDropout(PATH + ".dropout.1", p, body.dropouts());
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray x = before.apply(pass, inputs.singletonOrThrow());
        NDArray middle = Torch.tanh(dense.apply(pass, x));
        return new NDList(output.apply(pass, between.apply(pass, middle)));
    }
}
