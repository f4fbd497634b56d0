/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.preference;

import java.security.MessageDigest;
import java.util.Set;
import org.lora4j.files.Sha256;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.train.TrainingBatch;

/**
 * Pairs of texts of which one is preferred; a loss term for each pair.
 *
 * @param packed the texts: all chosen ones, then all rejected ones, in the order of the pairs. The
 *     labelled tokens of a text are those of its completion; the chosen text of pair i has the
 *     number 2 i, the rejected one 2 i + 1
 * @param loss the loss of a pair
 * @param ends the ids of tokens with which the chosen texts end
 */
public record PreferenceBatch(PackedTokens packed, PreferenceLoss loss, Set<Integer> ends)
        implements TrainingBatch {
    /**
     * Checks the number of texts.
     *
     * @throws IllegalArgumentException if there is not a rejected text for each chosen one
     */
    public PreferenceBatch {
        if (packed.segments() % 2 != 0) {
            throw new IllegalArgumentException(
                    "a batch of %d texts; expected a rejected one for each chosen one"
                            .formatted(packed.segments()));
        }
        for (int i = 0; i < packed.segments() / 2; i++) {
            int chosen = packed.indices()[i];
            int rejected = packed.indices()[packed.segments() / 2 + i];
            if (chosen % 2 != 0 || rejected != chosen + 1) {
                throw new IllegalArgumentException(
                        "pair %d of a batch has the texts %d and %d; expected 2 i and 2 i + 1"
                                .formatted(i, chosen, rejected));
            }
        }
        ends = Set.copyOf(ends);
    }

    @Override
    public int size() {
        return packed.segments() / 2;
    }

    @Override
    public long count() {
        return size();
    }

    @Override
    public int[] examples() {
        int[] pairs = new int[size()];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = packed.indices()[i] / 2;
        }
        return pairs;
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
