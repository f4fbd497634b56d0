/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.embed;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A part of a batch that is run in turns: the gradients of the whole batch's loss with respect to
 * its embeddings are known before any part is run backwards (GradCache, Gao et al. 2021,
 * https://arxiv.org/abs/2101.06983).
 *
 * <p>For lora4j's own modules.
 */
public final class CachedPart {
    private final Shared shared;
    private final int from;
    private final long terms;

    CachedPart(Shared shared, int from, long terms) {
        this.shared = shared;
        this.from = from;
        this.terms = terms;
    }

    /** The loss terms that this part stands for: the first part for all. */
    long terms() {
        return terms;
    }

    /** The first of the batch's texts that is in the part. */
    int from() {
        return from;
    }

    Slopes slopes() {
        return shared.slopes();
    }

    /**
     * The loss of a batch and its gradients.
     *
     * @param loss the sum of the loss terms
     * @param gradients ∂loss/∂e of each text, one after another [T D]
     * @param size D
     */
    @SuppressWarnings("ArrayRecordComponent") // large, read only
    record Slopes(float loss, float[] gradients, int size) {}

    /** What the parts of a batch share: computed when the first one is run. */
    static final class Shared {
        private final Supplier<Slopes> compute;
        private @Nullable Slopes slopes;

        Shared(Supplier<Slopes> compute) {
            this.compute = compute;
        }

        Slopes slopes() {
            Slopes known = slopes;
            if (known == null) {
                known = compute.get();
                slopes = known;
            }
            return known;
        }
    }
}
