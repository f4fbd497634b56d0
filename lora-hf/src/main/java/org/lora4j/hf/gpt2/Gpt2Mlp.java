/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.gpt2;

import ai.djl.ndarray.NDList;
import java.io.IOException;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.Activation;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;

/** GPT-2's feed-forward part: dropout(c_proj(act(c_fc(x)))); [N, H] to [N, H]. */
final class Gpt2Mlp extends FamilyBlock {
    private final Activation activation;
    private final Slot widening;
    private final Slot narrowing;
    private final HiddenDropout residual;

    @SuppressWarnings("this-escape")
    Gpt2Mlp(String path, Gpt2Config config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        activation = config.activation();
        int hidden = config.hiddenSize();
        int inner = config.innerSize();
        widening = child("c_fc", weights.transposed(path + ".c_fc", hidden, inner));
        narrowing = child("c_proj", weights.transposed(path + ".c_proj", inner, hidden));
        residual = new HiddenDropout(path + ".dropout", config.dropouts().residual(), dropouts);
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        var wide = activation.apply(widening.apply(pass, inputs.singletonOrThrow()));
        return new NDList(residual.apply(pass, narrowing.apply(pass, wide)));
    }
}
