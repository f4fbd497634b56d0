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

    /** Which elements of a tensor are kept. */
    enum Pruning {
        /** The largest by magnitude. */
        MAGNITUDE,
        /** Those that are drawn, which are divided by the density (DARE). */
        RANDOM
    }

    /** Which adapters an element is taken from. */
    enum Signs {
        /** All of them: the weighted values are summed. */
        ANY,
        /**
         * Those whose sign is that of the sum of all values, whose weighted values are averaged
         * (TIES).
         */
        TOTAL,
        /** Those whose sign is that of most values, whose weighted values are averaged (TIES). */
        FREQUENCY
    }

    /**
     * Small or drawn elements of each adapter are left out before the rest is summed: PEFT's
     * magnitude_prune, ties, dare_linear and dare_ties. A and B are so merged apart, with √|wᵢ sᵢ|
     * as in {@link Linear}; or, decomposed, the updates sᵢ Bᵢ Aᵢ are merged with wᵢ and the result
     * is decomposed as in {@link Svd} (PEFT's names with _svd). (Yadav et al. 2023,
     * arXiv:2306.01708; Yu et al. 2023, arXiv:2311.03099.)
     *
     * @param pruning which elements are kept
     * @param density the share of them, in [0, 1], and above 0 where they are drawn; with 1 all are
     * @param signs which adapters an element is taken from
     * @param seed the seed of what is drawn
     * @param decomposed whether updates are merged rather than A and B
     * @param rank of the decomposition, or 0 for the largest of the adapters'
     */
    record Pruned(
            Pruning pruning, double density, Signs signs, long seed, boolean decomposed, int rank)
            implements Combination {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException if the density is out of range, or the rank is negative
         */
        public Pruned {
            boolean some = density > 0 || (density == 0 && pruning == Pruning.MAGNITUDE);
            if (!(some && density <= 1)) {
                throw new IllegalArgumentException(
                        "the density must be %s, found %s"
                                .formatted(
                                        pruning == Pruning.MAGNITUDE
                                                ? "at least 0 and at most 1"
                                                : "above 0 and at most 1",
                                        density));
            }
            if (rank < 0) {
                throw new IllegalArgumentException(
                        "the rank must be 1 or more, or 0 for the adapters' largest, found "
                                + rank);
            }
        }

        /** Returns the combination of whole updates, of the largest of the adapters' ranks. */
        public Pruned ofUpdates() {
            return ofUpdates(0);
        }

        /**
         * Returns the combination of whole updates, which need not have one rank.
         *
         * @param resultRank the rank of the result, or 0 for the largest of the adapters'
         * @throws IllegalArgumentException if the rank is negative
         */
        public Pruned ofUpdates(int resultRank) {
            return new Pruned(pruning, density, signs, seed, true, resultRank);
        }
    }

    /**
     * Returns the weighted sum of the largest elements.
     *
     * @param density the share that is kept of each tensor, in [0, 1]
     * @throws IllegalArgumentException if the density is out of range
     */
    static Pruned magnitudePrune(double density) {
        return new Pruned(Pruning.MAGNITUDE, density, Signs.ANY, 0, false, 0);
    }

    /**
     * Returns TIES: of the largest elements those of the elected sign.
     *
     * @param density the share that is kept of each tensor, in [0, 1]
     * @param signs how the sign is elected; PEFT's default is {@link Signs#TOTAL}
     * @throws IllegalArgumentException if the density is out of range
     */
    static Pruned ties(double density, Signs signs) {
        return new Pruned(Pruning.MAGNITUDE, density, signs, 0, false, 0);
    }

    /**
     * Returns DARE: the weighted sum of drawn elements.
     *
     * @param density the share that is kept of each tensor, above 0 and at most 1
     * @param seed the seed of the draw, which depends on it, the module, the adapter and the tensor
     * @throws IllegalArgumentException if the density is out of range
     */
    static Pruned dareLinear(double density, long seed) {
        return new Pruned(Pruning.RANDOM, density, Signs.ANY, seed, false, 0);
    }

    /**
     * Returns DARE with TIES: of drawn elements those of the elected sign.
     *
     * @param density the share that is kept of each tensor, above 0 and at most 1
     * @param signs how the sign is elected; PEFT's default is {@link Signs#TOTAL}
     * @param seed the seed of the draw, which depends on it, the module, the adapter and the tensor
     * @throws IllegalArgumentException if the density is out of range
     */
    static Pruned dareTies(double density, Signs signs, long seed) {
        return new Pruned(Pruning.RANDOM, density, signs, seed, false, 0);
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
