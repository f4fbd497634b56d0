/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.Activation;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.torch.Sequences;
import org.lora4j.torch.Torch;

/**
 * A {@link GatedMlp} whose gate and up come of one projection, gate first, as Phi-3's do; [N, H] to
 * [N, H].
 */
public final class FusedGatedMlp extends FamilyBlock {
    private final Activation activation;
    private final int inner;
    private final Slot fused;
    private final Slot down;

    /**
     * Reads the projections gate_up_proj and down_proj, which have no biases.
     *
     * @param path the module
     * @param config the decoder's numbers
     * @param weights its tensors
     * @throws IOException if there are too many problems to go on
     */
    @SuppressWarnings("this-escape")
    public FusedGatedMlp(String path, DecoderConfig config, Checkpoint weights) throws IOException {
        activation = config.activation();
        inner = config.intermediateSize();
        int hidden = config.hiddenSize();
        int width = Math.multiplyExact(2, inner);
        fused = child("gate_up_proj", weights.linear(path + ".gate_up_proj", hidden, width, false));
        down = child("down_proj", weights.linear(path + ".down_proj", inner, hidden, false));
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray both = fused.apply(pass, inputs.singletonOrThrow());
        NDArray gate = Sequences.columns(both, 0, inner);
        NDArray up = Sequences.columns(both, inner, 2 * inner);
        return new NDList(down.apply(pass, Torch.multiply(activation.apply(gate), up)));
    }
}
