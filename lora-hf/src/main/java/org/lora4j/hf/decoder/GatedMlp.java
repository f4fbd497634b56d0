/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.Activation;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.torch.Sequences;
import org.lora4j.torch.Torch;

/**
 * A gated feed-forward part: down(act(gate(x)) ∘ up(x)) (Shazeer, 2020, arXiv:2002.05202); [N, H]
 * to [N, H].
 */
public final class GatedMlp extends FamilyBlock {
    private final Activation activation;
    private final int inner;
    private final Slot gate;
    private final @Nullable Slot up;
    private final Slot down;

    /**
     * Reads gate_proj, up_proj and down_proj; or gate_up_proj, gate first, and down_proj.
     *
     * @param path the module
     * @param config the decoder's numbers
     * @param fused whether gate and up come of one projection, as Phi-3's do
     * @param bias whether the projections have biases
     * @param weights its tensors
     * @throws IOException if there are too many problems to go on
     */
    @SuppressWarnings("this-escape")
    public GatedMlp(
            String path, DecoderConfig config, boolean fused, boolean bias, Checkpoint weights)
            throws IOException {
        activation = config.activation();
        int hidden = config.hiddenSize();
        inner = config.intermediateSize();
        String first = fused ? "gate_up_proj" : "gate_proj";
        int width = fused ? Math.multiplyExact(2, inner) : inner;
        gate = child(first, weights.linear(path + "." + first, hidden, width, bias));
        up =
                fused
                        ? null
                        : child("up_proj", weights.linear(path + ".up_proj", hidden, inner, bias));
        down = child("down_proj", weights.linear(path + ".down_proj", inner, hidden, bias));
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray x = inputs.singletonOrThrow();
        NDArray made = gate.apply(pass, x);
        NDArray g = up == null ? Sequences.columns(made, 0, inner) : made;
        NDArray u = up == null ? Sequences.columns(made, inner, 2 * inner) : up.apply(pass, x);
        NDArray gated =
                activation == Activation.SILU
                        ? Torch.siluMultiply(g, u)
                        : Torch.multiply(activation.apply(g), u);
        return new NDList(down.apply(pass, gated));
    }
}
