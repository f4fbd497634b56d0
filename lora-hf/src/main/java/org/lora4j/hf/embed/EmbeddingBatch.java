/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.embed;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.Sha256;
import org.lora4j.text.PaddedBatch;
import org.lora4j.train.TrainingBatch;

/**
 * Examples of several texts each, whose embeddings are compared.
 *
 * @param texts the texts [C B]: all first texts of the examples, then all second ones, and so on
 * @param columns C
 * @param scores the score of each example [B], or none
 * @param loss the loss
 * @param atOnce how many texts are run through the model at a time; 0 for all
 * @param part where the batch is a part of one that is run in turns: what the parts share
 */
@SuppressWarnings("ArrayRecordComponent") // handed to native memory as it is
public record EmbeddingBatch(
        PaddedBatch texts,
        int columns,
        float[] scores,
        EmbeddingLoss loss,
        int atOnce,
        @Nullable CachedPart part)
        implements TrainingBatch {
    /**
     * Checks the sizes.
     *
     * @throws IllegalArgumentException if there are not as many texts for each example
     */
    public EmbeddingBatch {
        if (part == null && (columns < 1 || texts.rows() % columns != 0)) {
            throw new IllegalArgumentException(
                    "%d texts in %d columns; expected as many in each"
                            .formatted(texts.rows(), columns));
        }
    }

    @Override
    public int size() {
        return part == null ? texts.rows() / columns : texts.rows();
    }

    @Override
    public long count() {
        return part == null ? loss.terms(size()) : part.terms();
    }

    @Override
    public int[] examples() {
        int[] examples = new int[size()];
        Arrays.setAll(examples, i -> texts.indices()[i] / columns);
        return examples;
    }

    @Override
    public long tokens() {
        return Arrays.stream(texts.lengths()).asLongStream().sum();
    }

    @Override
    public void addTo(MessageDigest digest) {
        TrainingBatch.super.addTo(digest);
        Sha256.add(digest, texts.ids());
        for (float score : scores) {
            digest.update(ByteBuffer.allocate(Float.BYTES).putFloat(0, score).array());
        }
    }
}
