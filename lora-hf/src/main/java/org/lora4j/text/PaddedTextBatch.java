/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.security.MessageDigest;
import java.util.Arrays;
import org.lora4j.files.Sha256;
import org.lora4j.train.TrainingBatch;

/** A batch whose examples are padded texts, one each. Implementations are immutable. */
public interface PaddedTextBatch extends TrainingBatch {
    /** Returns the texts [B, T]. */
    PaddedBatch texts();

    @Override
    default int size() {
        return texts().rows();
    }

    /** Returns the number of texts, whose losses are averaged. */
    @Override
    default long count() {
        return texts().rows();
    }

    @Override
    default int[] examples() {
        return texts().indices();
    }

    @Override
    default long tokens() {
        return Arrays.stream(texts().lengths()).asLongStream().sum();
    }

    /** Adds the sizes, the places of the examples, and the ids of tokens and of their types. */
    @Override
    default void addTo(MessageDigest digest) {
        TrainingBatch.super.addTo(digest);
        Sha256.add(digest, texts().ids());
        Sha256.add(digest, texts().typeIds());
    }
}
