/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.hf.nn.TokenRows;

/**
 * Multi-head self-attention.
 *
 * <p>Inputs: the tokens that ask, all [N, H] or each text's first [B, H]; all tokens [N, H] and the
 * arrays of their layout; and, where the layers of the model share one, a bias [heads, T, T] that
 * is added to the scores. Output: shaped as the first input.
 */
public final class SelfAttention extends FamilyBlock {
    private final TextAttention attention;
    private final Slot query;
    private final Slot key;
    private final Slot value;
    private final @Nullable Slot output;

    /**
     * Reads the layers.
     *
     * @param path the module
     * @param names the layers' names
     * @param config the encoder's numbers
     * @param weights its tensors
     * @param dropouts its dropouts' switch
     * @throws IOException if there are too many problems to go on
     */
    @SuppressWarnings("this-escape")
    public SelfAttention(
            String path,
            AttentionNames names,
            EncoderConfig config,
            Checkpoint weights,
            DropoutSwitch dropouts)
            throws IOException {
        int hidden = config.hiddenSize();
        query = projection(path, names.query(), hidden, weights);
        key = projection(path, names.key(), hidden, weights);
        value = projection(path, names.value(), hidden, weights);
        output = names.output() == null ? null : projection(path, names.output(), hidden, weights);
        attention =
                new TextAttention(
                        config.heads(),
                        new HiddenDropout(path + ".dropout", config.attentionDropout(), dropouts));
    }

    private Slot projection(String path, String name, int hidden, Checkpoint weights)
            throws IOException {
        return child(name, weights.linear(path + "." + name, hidden, hidden));
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray attended = attend(pass, inputs);
        return new NDList(output == null ? attended : output.apply(pass, attended));
    }

    private NDArray attend(Pass pass, NDList inputs) {
        TokenRows rows = new TokenRows(inputs.subNDList(1));
        NDArray x = rows.hidden();
        NDArray q = query.apply(pass, inputs.get(0));
        NDArray k = key.apply(pass, x);
        NDArray v = value.apply(pass, x);
        NDList shared = rows.shared();
        return attention.attend(pass, q, k, v, rows, shared.isEmpty() ? null : shared.get(0));
    }
}
