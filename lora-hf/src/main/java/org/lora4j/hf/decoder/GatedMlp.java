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
import org.lora4j.torch.Torch;

/**
 * A gated feed-forward part: down(act(gate(x)) ∘ up(x)) (Shazeer, 2020, arXiv:2002.05202); [N, H]
 * to [N, H].
 */
public final class GatedMlp extends FamilyBlock {
    private final Activation activation;
    private final Slot gate;
    private final Slot up;
    private final Slot down;

    /**
     * Reads the projections gate_proj, up_proj and down_proj.
     *
     * @param path the module
     * @param config the decoder's numbers
     * @param bias whether the projections have biases
     * @param weights its tensors
     * @throws IOException if there are too many problems to go on
     */
    @SuppressWarnings("this-escape")
    public GatedMlp(String path, DecoderConfig config, boolean bias, Checkpoint weights)
            throws IOException {
        activation = config.activation();
        int hidden = config.hiddenSize();
        int inner = config.intermediateSize();
        gate = child("gate_proj", weights.linear(path + ".gate_proj", hidden, inner, bias));
        up = child("up_proj", weights.linear(path + ".up_proj", hidden, inner, bias));
        down = child("down_proj", weights.linear(path + ".down_proj", inner, hidden, bias));
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray x = inputs.singletonOrThrow();
        NDArray g = gate.apply(pass, x);
        NDArray u = up.apply(pass, x);
        NDArray gated =
                activation == Activation.SILU
                        ? Torch.siluMultiply(g, u)
                        : Torch.multiply(activation.apply(g), u);
        return new NDList(down.apply(pass, gated));
    }
}
