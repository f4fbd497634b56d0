/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.modernbert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.encoder.EncoderLayer;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.torch.Torch;

/**
 * A layer that is normalised before each half: y = x + attn(norm(x)), then y + mlp(norm(y)). The
 * first has no normalisation before its attention.
 */
final class ModernBertLayer extends EncoderLayer {
    private final @Nullable Slot attentionNorm;
    private final Slot attention;
    private final Slot mlpNorm;
    private final Slot mlp;

    @SuppressWarnings("this-escape")
    ModernBertLayer(
            String path,
            int index,
            ModernBertConfig config,
            Checkpoint weights,
            DropoutSwitch dropouts)
            throws IOException {
        attentionNorm = index == 0 ? null : norm(path, "attn_norm", config, weights);
        boolean local = config.local().get(index);
        attention =
                child(
                        "attn",
                        new ModernBertAttention(path + ".attn", local, config, weights, dropouts));
        mlpNorm = norm(path, "mlp_norm", config, weights);
        mlp = child("mlp", new ModernBertMlp(path + ".mlp", config, weights, dropouts));
    }

    private Slot norm(String path, String name, ModernBertConfig config, Checkpoint weights)
            throws IOException {
        int hidden = config.numbers().hiddenSize();
        double eps = config.numbers().layerNormEps();
        boolean bias = config.biases().norm();
        return child(name, weights.layerNorm(path + "." + name, hidden, eps, bias));
    }

    @Override
    protected NDArray compute(Pass pass, NDArray queries, NDList inputs) {
        NDArray x = inputs.get(0);
        NDList asked = new NDList(inputs);
        asked.set(0, attentionNorm == null ? x : attentionNorm.apply(pass, x));
        asked.add(0, queries);
        NDArray attended = attention.apply(pass, asked).singletonOrThrow();
        NDArray middle = Torch.add(queries, attended);
        return Torch.add(middle, mlp.apply(pass, mlpNorm.apply(pass, middle)));
    }
}
