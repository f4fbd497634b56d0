/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.gpt2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import org.lora4j.hf.decoder.DecoderLayer;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.torch.Torch;

/** GPT-2's layer: y = x + attn(ln_1(x)), then y + mlp(ln_2(y)). */
final class Gpt2Layer extends DecoderLayer {
    private final Slot inputNorm;
    private final Slot attention;
    private final Slot middleNorm;
    private final Slot mlp;

    @SuppressWarnings("this-escape")
    Gpt2Layer(int index, Gpt2Config config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        String path = "transformer.h." + index;
        int hidden = config.hiddenSize();
        inputNorm = child("ln_1", weights.layerNorm(path + ".ln_1", hidden, config.eps()));
        attention =
                child("attn", new Gpt2Attention(path + ".attn", index, config, weights, dropouts));
        middleNorm = child("ln_2", weights.layerNorm(path + ".ln_2", hidden, config.eps()));
        mlp = child("mlp", new Gpt2Mlp(path + ".mlp", config, weights, dropouts));
    }

    @Override
    protected NDArray compute(Pass pass, NDArray hidden, NDList state) {
        NDList inner = with(inputNorm.apply(pass, hidden), state);
        NDArray middle = Torch.add(hidden, attention.apply(pass, inner).singletonOrThrow());
        return Torch.add(middle, mlp.apply(pass, middleNorm.apply(pass, middle)));
    }
}
