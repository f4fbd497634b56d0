/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.embed;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Texts that are compared with each other: an anchor, its positive and negatives, or a pair.
 *
 * @param texts the texts in the order of their columns
 * @param score how similar a pair is, or null
 * @param line where it stands in its file, counted from 1; 0 for none
 */
public record EmbeddingExample(List<String> texts, @Nullable Float score, int line) {
    /** Copies the list. */
    public EmbeddingExample {
        texts = List.copyOf(texts);
    }

    /**
     * Returns an example without a score.
     *
     * @param texts the anchor, the positive, negatives
     */
    public static EmbeddingExample of(String... texts) {
        return new EmbeddingExample(List.of(texts), null, 0);
    }

    /** Returns a pair with the score of its similarity. */
    public static EmbeddingExample scored(String one, String other, double score) {
        return new EmbeddingExample(List.of(one, other), (float) score, 0);
    }
}
