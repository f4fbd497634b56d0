/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.span;

import java.security.MessageDigest;
import java.util.List;
import org.lora4j.files.Sha256;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.PaddedTextBatch;
import org.lora4j.text.question.QuestionWindow;

/**
 * Padded questions, each with a context or a window of it. Do not write into the arrays.
 *
 * @param texts the tokens [B, T]
 * @param windows what each row is
 */
public record SpanBatch(PaddedBatch texts, List<QuestionWindow> windows)
        implements PaddedTextBatch {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if it is not as long as the batch
     */
    public SpanBatch {
        windows = List.copyOf(windows);
        if (windows.size() != texts.rows()) {
            throw new IllegalArgumentException(
                    "%d windows for %d rows of tokens; expected one for each"
                            .formatted(windows.size(), texts.rows()));
        }
    }

    /** The column where each answer begins, then the column where each ends [2 B]. */
    long[] labels() {
        long[] labels = new long[2 * windows.size()];
        for (int i = 0; i < windows.size(); i++) {
            labels[i] = windows.get(i).first();
            labels[windows.size() + i] = windows.get(i).last();
        }
        return labels;
    }

    @Override
    public void addTo(MessageDigest digest) {
        PaddedTextBatch.super.addTo(digest);
        Sha256.add(digest, labels());
    }
}
