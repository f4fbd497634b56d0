/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

/**
 * How the weighted sum Σ wᵢ sᵢ Bᵢ Aᵢ of several adapters becomes one adapter: PEFT's
 * combination_type. The result has scaling 1; layers that have fewer of the adapters are padded
 * with zeros.
 */
public sealed interface Combination {
    /**
     * A and B are summed apart, so that products Bᵢ Aⱼ of different adapters appear: A = Σ ±√|wᵢ
     * sᵢ| Aᵢ, B = Σ √|wᵢ sᵢ| Bᵢ. The adapters need the same rank, which the result has. Exact for
     * one adapter.
     */
    record Linear() implements Combination {}

    /** A = (w₁ s₁ A₁; w₂ s₂ A₂; ...), B = (B₁, B₂, ...): exact, of the sum of the ranks. */
    record Cat() implements Combination {}

    /**
     * The best approximation of the sum that has a rank, by its singular values.
     *
     * @param rank the rank, or 0 for the largest of the adapters'
     */
    record Svd(int rank) implements Combination {
        /**
         * Checks the rank.
         *
         * @throws IllegalArgumentException if it is negative
         */
        public Svd {
            if (rank < 0) {
                throw new IllegalArgumentException(
                        "an SVD's rank must be 1 or more, or 0 for the adapters' largest, found "
                                + rank);
            }
        }
    }

    /** Returns the combination that sums A and B apart. */
    static Combination linear() {
        return new Linear();
    }

    /** Returns the exact combination. */
    static Combination cat() {
        return new Cat();
    }

    /** Returns the best approximation of the largest of the adapters' ranks. */
    static Combination svd() {
        return new Svd(0);
    }

    /**
     * Returns the best approximation of a rank.
     *
     * @param rank the rank, at least 1
     * @throws IllegalArgumentException if the rank is less than 1
     */
    static Combination svd(int rank) {
        if (rank < 1) {
            throw new IllegalArgumentException("the rank must be at least 1, found " + rank);
        }
        return new Svd(rank);
    }
}
