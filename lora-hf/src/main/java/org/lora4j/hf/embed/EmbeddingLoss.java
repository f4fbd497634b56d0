/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.embed;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * A loss of the embeddings of examples, each of which has the same number of texts. Immutable.
 *
 * <p>The losses here are those of sentence-transformers, by the names that it has for them.
 */
public interface EmbeddingLoss {
    /**
     * Computes the sum of the loss terms, so that autograd can differentiate it.
     *
     * @param embeddings [C, B, D]: the C texts of each of B examples, all first ones first
     * @param scores the examples' scores [B], or an empty array where they have none
     * @return a float32 scalar
     */
    NDArray sum(NDArray embeddings, NDArray scores);

    /**
     * Returns how many terms the sum has, by which it is divided.
     *
     * @param examples B
     */
    default long terms(int examples) {
        return examples;
    }

    /**
     * Checks that examples are of the kind that it takes.
     *
     * @param columns C
     * @param scored whether they have scores
     * @throws IllegalArgumentException if they are not
     */
    void check(int columns, boolean scored);

    /**
     * Checks that vectors are large enough.
     *
     * @param size D
     * @throws IllegalArgumentException if they are not
     */
    default void checkSize(int size) {}

    /**
     * Returns whether texts of other examples in a batch are taken for wrong answers, so that a
     * text should be in a batch only once.
     */
    default boolean isInBatch() {
        return false;
    }

    /**
     * Returns the fewest examples of a batch from which anything is learnt; by default 1.
     *
     * @param columns how many texts an example has
     */
    default int leastExamples(int columns) {
        return 1;
    }

    /**
     * Returns -log softmax(20 cos(anchor, ·)) of the own positive among all positives and negatives
     * of the batch: MultipleNegativesRankingLoss (Henderson et al. 2017,
     * https://arxiv.org/abs/1705.00652).
     */
    static EmbeddingLoss multipleNegativesRanking() {
        return new EmbeddingLosses.Ranking(20);
    }

    /**
     * Returns the same with another scale.
     *
     * @param scale what cosines are multiplied by, above 0
     */
    static EmbeddingLoss multipleNegativesRanking(double scale) {
        return new EmbeddingLosses.Ranking(scale);
    }

    /**
     * Returns max(0, d(anchor, positive) - d(anchor, negative) + 5) with Euclidean distances d:
     * TripletLoss.
     */
    static EmbeddingLoss triplet() {
        return new EmbeddingLosses.Triplet(5, false);
    }

    /**
     * Returns the triplet loss with another margin or distance.
     *
     * @param margin the margin, above 0
     * @param cosine whether d is 1 - cos
     */
    static EmbeddingLoss triplet(double margin, boolean cosine) {
        return new EmbeddingLosses.Triplet(margin, cosine);
    }

    /** Returns (cos(x, y) - score)²: CosineSimilarityLoss. */
    static EmbeddingLoss cosineSimilarity() {
        return new EmbeddingLosses.Cosine();
    }

    /**
     * Returns log(1 + Σ exp(20 (cosⱼ - cosᵢ))) over the pairs of a batch whose scores say that i is
     * the more similar one: CoSENTLoss. It is one term for each batch.
     */
    static EmbeddingLoss coSent() {
        return new EmbeddingLosses.CoSent(20);
    }

    /**
     * Returns CoSENTLoss with another scale.
     *
     * @param scale what cosines are multiplied by, above 0
     */
    static EmbeddingLoss coSent(double scale) {
        return new EmbeddingLosses.CoSent(scale);
    }

    /**
     * Returns the sum of this loss over embeddings that are cut to their first numbers and
     * normalised: MatryoshkaLoss (Kusupati et al. 2022, https://arxiv.org/abs/2205.13147).
     *
     * @param dimensions how many numbers stay, in turn
     */
    default EmbeddingLoss matryoshka(List<Integer> dimensions) {
        return new EmbeddingLosses.Matryoshka(this, dimensions);
    }
}
