/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Set;
import org.lora4j.files.Sha256;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.train.TrainingBatch;

/**
 * Token sequences that a causal language model learns from together; a loss term for each token
 * with a label.
 *
 * <p>An example may have several segments, which count as one example.
 *
 * @param packed the sequences
 * @param ends the ids of tokens with which they teach the model to end its texts; generation with
 *     what was trained ends at them
 */
public record CausalBatch(PackedTokens packed, Set<Integer> ends) implements TrainingBatch {
    /** Copies the set. */
    public CausalBatch {
        ends = Set.copyOf(ends);
    }

    /** Makes a batch that teaches no end. */
    public CausalBatch(PackedTokens packed) {
        this(packed, Set.of());
    }

    @Override
    public int size() {
        return examples().length;
    }

    @Override
    public long count() {
        return packed.labelled();
    }

    @Override
    public int[] examples() {
        return Arrays.stream(packed.indices()).distinct().toArray();
    }

    @Override
    public long tokens() {
        return packed.tokens();
    }

    @Override
    public void addTo(MessageDigest digest) {
        TrainingBatch.super.addTo(digest);
        Sha256.add(digest, packed.ids());
        Sha256.add(digest, packed.labels());
    }
}
