/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.torch.GroupedAttention;

/**
 * Multi-head self-attention.
 *
 * <p>Inputs: the positions that ask [B, Q, H], all positions [B, T, H] and, optionally, a mask [B,
 * 1, 1, T] that is added to the scores; output [B, Q, H].
 */
public final class SelfAttention extends FamilyBlock {
    private final int heads;
    private final Slot query;
    private final Slot key;
    private final Slot value;
    private final @Nullable Slot output;
    private final HiddenDropout dropout;

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
        heads = config.heads();
        int hidden = config.hiddenSize();
        query = projection(path, names.query(), hidden, weights);
        key = projection(path, names.key(), hidden, weights);
        value = projection(path, names.value(), hidden, weights);
        output = names.output() == null ? null : projection(path, names.output(), hidden, weights);
        dropout = new HiddenDropout(path + ".dropout", config.attentionDropout(), dropouts);
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
        return rows.isPadded()
                ? attendInGroups(pass, q, k, v, rows)
                : attendAlike(pass, q, k, v, rows.texts());
    }

    /** Texts of one length are a rectangle as they lie. */
    private NDArray attendAlike(Pass pass, NDArray q, NDArray k, NDArray v, int texts) {
        long queries = q.getShape().get(0) / texts;
        long keys = k.getShape().get(0) / texts;
        NDManager manager = q.getManager();
        Shape scores = new Shape(texts, heads, queries, keys);
        NDArray drop = dropout.attentionMask(pass, manager, scores, 0, texts);
        return drop == null
                ? GroupedAttention.alike(q, k, v, heads, texts)
                : GroupedAttention.alike(q, k, v, heads, texts, drop, dropout.probability());
    }

    private NDArray attendInGroups(Pass pass, NDArray q, NDArray k, NDArray v, TokenRows rows) {
        NDList masks = rows.masks();
        NDList drops = new NDList();
        boolean firstOnly = q.getShape().get(0) < k.getShape().get(0);
        int entry = 0;
        for (NDArray mask : masks) {
            int texts = (int) mask.getShape().get(0);
            long length = mask.getShape().get(3);
            Shape scores = new Shape(texts, heads, firstOnly ? 1 : length, length);
            NDArray drop = dropout.attentionMask(pass, q.getManager(), scores, entry, rows.texts());
            if (drop != null) {
                drops.add(drop);
            }
            entry += texts;
        }
        return drops.isEmpty()
                ? GroupedAttention.of(q, k, v, heads, rows.padded(), masks)
                : GroupedAttention.of(
                        q, k, v, heads, rows.padded(), masks, drops, dropout.probability());
    }
}
