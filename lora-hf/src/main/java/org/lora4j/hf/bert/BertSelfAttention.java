/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.bert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.torch.Torch;

/** Multi-head self-attention: inputs as {@link BertAttention}'s, output [B, Q, H]. */
final class BertSelfAttention extends FamilyBlock {
    private final int heads;
    private final Slot query;
    private final Slot key;
    private final Slot value;
    private final HiddenDropout dropout;

    @SuppressWarnings("this-escape")
    BertSelfAttention(String path, BertConfig config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        int hidden = config.hiddenSize();
        heads = config.heads();
        query = child("query", weights.linear(path + ".query", hidden, hidden));
        key = child("key", weights.linear(path + ".key", hidden, hidden));
        value = child("value", weights.linear(path + ".value", hidden, hidden));
        dropout = new HiddenDropout(path + ".dropout", config.attentionDropout(), dropouts);
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray x = inputs.get(1);
        @Nullable NDArray mask = inputs.size() > 2 ? inputs.get(2) : null;
        NDArray q = query.apply(pass, inputs.get(0));
        NDArray k = key.apply(pass, x);
        NDArray v = value.apply(pass, x);
        NDManager manager = x.getManager();
        long batch = x.getShape().get(0);
        Shape scores = new Shape(batch, heads, q.getShape().get(1), x.getShape().get(1));
        NDArray drop = dropout.attentionMask(pass, manager, scores);
        if (drop != null) {
            NDArray bias = mask == null ? manager.zeros(new Shape(1)) : mask;
            return new NDList(Torch.attention(q, k, v, heads, bias, drop));
        }
        return new NDList(
                mask == null
                        ? Torch.attention(q, k, v, heads)
                        : Torch.attention(q, k, v, heads, mask));
    }
}
