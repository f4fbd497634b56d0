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
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.torch.Sequences;

/**
 * drop(norm(word)): token ids [B, T], token types, which are not read, and the places of the tokens
 * [N] to hidden states [N, H].
 */
final class ModernBertEmbeddings extends FamilyBlock {
    private final Slot words;
    private final Slot norm;
    private final HiddenDropout dropout;

    @SuppressWarnings("this-escape")
    ModernBertEmbeddings(
            String path, ModernBertConfig config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        EncoderConfig numbers = config.numbers();
        int hidden = numbers.hiddenSize();
        words =
                child(
                        "tok_embeddings",
                        weights.embedding(
                                path + ".tok_embeddings", numbers.vocabularySize(), hidden));
        norm =
                child(
                        "norm",
                        weights.layerNorm(
                                path + ".norm",
                                hidden,
                                numbers.layerNormEps(),
                                config.biases().norm()));
        dropout = new HiddenDropout(path + ".drop", numbers.hiddenDropout(), dropouts);
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray ids = inputs.get(0);
        NDArray rows = words.apply(pass, Sequences.take(ids.flatten(), inputs.get(2)));
        return new NDList(dropout.apply(pass, norm.apply(pass, rows)));
    }
}
