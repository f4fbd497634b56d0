/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.modernbert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import org.lora4j.hf.encoder.EncoderConfig;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.Activation;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.torch.Sequences;
import org.lora4j.torch.Torch;

/**
 * The gated feed-forward part: Wo(drop(act(a) ∘ b)) with a and b the halves of Wi(x); [N, H] to [N,
 * H].
 */
final class ModernBertMlp extends FamilyBlock {
    private final Activation activation;
    private final int inner;
    private final Slot input;
    private final Slot output;
    private final HiddenDropout dropout;

    @SuppressWarnings("this-escape")
    ModernBertMlp(String path, ModernBertConfig config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        EncoderConfig numbers = config.numbers();
        boolean bias = config.biases().mlp();
        activation = numbers.activation();
        inner = numbers.intermediateSize();
        int hidden = numbers.hiddenSize();
        int both = Math.multiplyExact(2, inner);
        input = child("Wi", weights.linear(path + ".Wi", hidden, both, bias));
        output = child("Wo", weights.linear(path + ".Wo", inner, hidden, bias));
        dropout = new HiddenDropout(path + ".drop", config.mlpDropout(), dropouts);
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray both = input.apply(pass, inputs.singletonOrThrow());
        NDArray active = activation.apply(Sequences.columns(both, 0, inner));
        NDArray gated = Torch.multiply(active, Sequences.columns(both, inner, 2 * inner));
        return new NDList(output.apply(pass, dropout.apply(pass, gated)));
    }
}
