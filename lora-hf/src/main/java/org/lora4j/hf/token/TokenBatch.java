/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.token;

import java.security.MessageDigest;
import java.util.Arrays;
import org.lora4j.files.Sha256;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.PaddedTextBatch;

/**
 * Padded texts with labels of some of their tokens. Do not write into the arrays.
 *
 * @param texts the texts [B, T]
 * @param labels the label of each token, or {@link #NONE} [B * T]
 */
@SuppressWarnings("ArrayRecordComponent") // handed to native memory as it is, once
public record TokenBatch(PaddedBatch texts, int[] labels) implements PaddedTextBatch {
    /**
     * The label of a token that has none: of a word's tokens but the first, and of special ones.
     */
    public static final int NONE = -100;

    /**
     * Checks the number of labels.
     *
     * @throws IllegalArgumentException if it is not that of the tokens
     */
    public TokenBatch {
        if (labels.length != texts.rows() * texts.columns()) {
            throw new IllegalArgumentException(
                    "%d labels for %d texts of %d tokens; expected one for each token"
                            .formatted(labels.length, texts.rows(), texts.columns()));
        }
    }

    /** Returns the number of labelled tokens. */
    @Override
    public long count() {
        return Arrays.stream(labels).filter(label -> label != NONE).count();
    }

    @Override
    public void addTo(MessageDigest digest) {
        PaddedTextBatch.super.addTo(digest);
        Sha256.add(digest, labels);
    }
}
