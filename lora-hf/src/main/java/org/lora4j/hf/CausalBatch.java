/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.util.Arrays;
import org.lora4j.text.PackedTokens;
import org.lora4j.train.TrainingBatch;

/**
 * Token sequences that a causal language model learns from together; a loss term for each token
 * with a label.
 *
 * <p>An example may have several segments, which count as one example.
 *
 * @param packed the sequences
 */
public record CausalBatch(PackedTokens packed) implements TrainingBatch {
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
}
