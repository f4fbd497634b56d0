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
import org.lora4j.hf.encoder.TextAttention;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.torch.Sequences;

/**
 * Attention with rotary positions, to a whole text or within a window.
 *
 * <p>Inputs: the tokens that ask, all [N, H] or each text's first [B, H], of which the number alone
 * is read; all tokens, the arrays of their layout, and what the layers share ({@link
 * ModernBertModel#embed}). Output: a row for each token that asks.
 */
final class ModernBertAttention extends FamilyBlock {
    private final int width;
    private final boolean local;
    private final TextAttention attention;
    private final Slot input;
    private final Slot output;
    private final HiddenDropout dropout;

    @SuppressWarnings("this-escape")
    ModernBertAttention(
            String path,
            boolean local,
            ModernBertConfig config,
            Checkpoint weights,
            DropoutSwitch dropouts)
            throws IOException {
        EncoderConfig numbers = config.numbers();
        boolean bias = config.biases().attention();
        double p = numbers.attentionDropout();
        this.local = local;
        width = numbers.hiddenSize();
        int all = Math.multiplyExact(3, width);
        attention =
                new TextAttention(
                        numbers.heads(), new HiddenDropout(path + ".dropout", p, dropouts));
        input = child("Wqkv", weights.linear(path + ".Wqkv", width, all, bias));
        output = child("Wo", weights.linear(path + ".Wo", width, width, bias));
        dropout = new HiddenDropout(path + ".out_drop", p, dropouts);
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        TokenRows rows = new TokenRows(inputs.subNDList(1));
        SharedArrays shared = new SharedArrays(rows.shared());
        NDArray cos = shared.cos(local);
        NDArray sin = shared.sin(local);
        NDArray all = input.apply(pass, rows.hidden());
        NDArray q = Sequences.columns(all, 0, width);
        NDArray k = Sequences.columns(all, width, 2 * width);
        NDArray v = Sequences.columns(all, 2 * width, 3 * width);
        int heads = attention.heads();
        k = Sequences.rotary(k, cos, sin, heads);
        if (inputs.get(0).getShape().get(0) < rows.hidden().getShape().get(0)) {
            q = first(rows, q);
            cos = first(rows, cos);
            sin = first(rows, sin);
        }
        q = Sequences.rotary(q, cos, sin, heads);
        NDArray attended = attention.attend(pass, q, k, v, rows, shared.window(local));
        return new NDList(dropout.apply(pass, output.apply(pass, attended)));
    }

    private static NDArray first(TokenRows rows, NDArray x) {
        return new TokenRows(rows.with(x)).firstTokens();
    }
}
