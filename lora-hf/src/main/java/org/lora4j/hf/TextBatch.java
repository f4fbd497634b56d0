/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.PaddedTextBatch;
import org.lora4j.text.TokenizedDataset;

/**
 * Padded texts with what is to be predicted for each.
 *
 * <p>The targets are label ids, whole numbers, or the values of a regression; without targets there
 * are none, for prediction alone. Where a text has any number of labels they are 1 or 0 for each
 * label. Do not write into the arrays.
 *
 * @param texts the texts [B, T]
 * @param targets one for each text, or one for each label of each text, or empty
 * @param weights how much the loss of each text counts in training, or empty where all count alike
 */
@SuppressWarnings("ArrayRecordComponent") // handed to native memory as it is, once
public record TextBatch(PaddedBatch texts, float[] targets, float[] weights)
        implements PaddedTextBatch {
    /** Makes a batch whose texts weigh alike. */
    public TextBatch(PaddedBatch texts, float[] targets) {
        this(texts, targets, new float[0]);
    }

    /**
     * Makes a batch of some texts.
     *
     * @param all the texts
     * @param targets one, or one for each label, for each of all; or none
     * @param indices the positions of those in the batch
     */
    public static TextBatch of(TokenizedDataset all, float[] targets, int[] indices) {
        int each = targets.length / all.size();
        float[] chosen = new float[each * indices.length];
        for (int i = 0; i < indices.length; i++) {
            System.arraycopy(targets, indices[i] * each, chosen, i * each, each);
        }
        return new TextBatch(all.batch(indices), chosen);
    }

    @Override
    public void addTo(MessageDigest digest) {
        PaddedTextBatch.super.addTo(digest);
        for (float weight : weights) {
            digest.update(ByteBuffer.allocate(Float.BYTES).putFloat(0, weight).array());
        }
        for (float target : targets) {
            digest.update(ByteBuffer.allocate(Float.BYTES).putFloat(0, target).array());
        }
    }
}
