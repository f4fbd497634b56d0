/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.embed;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;
import org.lora4j.torch.Embeddings;

/** The losses of sentence-transformers. */
final class EmbeddingLosses {
    private EmbeddingLosses() {}

    private static void requirePositive(String what, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(
                    what + " is " + value + "; expected a finite number above 0");
        }
    }

    private static void requireColumns(String loss, int columns, int least, int most) {
        if (columns < least || columns > most) {
            throw new IllegalArgumentException(
                    ("%s takes %s texts of each example, and the data have %d; expected as many"
                                    + " columns, such as anchor, positive and negative")
                            .formatted(
                                    loss,
                                    least == most ? String.valueOf(least) : least + " or more",
                                    columns));
        }
    }

    private static void requireScores(String loss, int columns, boolean scored) {
        requireColumns(loss, columns, 2, 2);
        if (!scored) {
            throw new IllegalArgumentException(
                    loss
                            + " learns the scores of pairs, and the data have none; expected a"
                            + " column named score");
        }
    }

    record Ranking(double scale) implements EmbeddingLoss {
        Ranking {
            requirePositive("the scale", scale);
        }

        @Override
        public NDArray sum(NDArray embeddings, NDArray scores) {
            return Embeddings.ranking(embeddings, scale);
        }

        @Override
        public void check(int columns, boolean scored) {
            requireColumns("MultipleNegativesRankingLoss", columns, 2, Integer.MAX_VALUE);
            if (scored) {
                throw new IllegalArgumentException(
                        "MultipleNegativesRankingLoss takes every pair for a right one, and the"
                                + " data have scores, which it would ignore; expected pairs without"
                                + " scores, or CosineSimilarityLoss or CoSENTLoss");
            }
        }

        @Override
        public boolean isInBatch() {
            return true;
        }

        @Override
        public int leastExamples(int columns) {
            return columns > 2 ? 1 : 2;
        }
    }

    record Triplet(double margin, boolean cosine) implements EmbeddingLoss {
        Triplet {
            requirePositive("the margin", margin);
        }

        @Override
        public NDArray sum(NDArray embeddings, NDArray scores) {
            return Embeddings.triplet(embeddings, margin, cosine);
        }

        @Override
        public void check(int columns, boolean scored) {
            requireColumns("TripletLoss", columns, 3, 3);
        }
    }

    record Cosine() implements EmbeddingLoss {
        @Override
        public NDArray sum(NDArray embeddings, NDArray scores) {
            return Embeddings.cosineError(embeddings, scores);
        }

        @Override
        public void check(int columns, boolean scored) {
            requireScores("CosineSimilarityLoss", columns, scored);
        }
    }

    record CoSent(double scale) implements EmbeddingLoss {
        CoSent {
            requirePositive("the scale", scale);
        }

        @Override
        public NDArray sum(NDArray embeddings, NDArray scores) {
            return Embeddings.coSent(embeddings, scores, scale);
        }

        @Override
        public long terms(int examples) {
            return 1;
        }

        @Override
        public int leastExamples(int columns) {
            return 2;
        }

        @Override
        public void check(int columns, boolean scored) {
            requireScores("CoSENTLoss", columns, scored);
        }
    }

    record Matryoshka(EmbeddingLoss loss, List<Integer> dimensions) implements EmbeddingLoss {
        Matryoshka {
            dimensions = List.copyOf(dimensions);
            if (dimensions.isEmpty() || dimensions.stream().anyMatch(size -> size < 1)) {
                throw new IllegalArgumentException(
                        "Matryoshka dimensions " + dimensions + "; expected some, each at least 1");
            }
        }

        @Override
        public NDArray sum(NDArray embeddings, NDArray scores) {
            checkSize(Math.toIntExact(embeddings.getShape().get(2)));
            NDList parts = new NDList();
            NDManager manager = embeddings.getManager();
            for (int size : dimensions) {
                NDArray part = Embeddings.firstDimensions(embeddings, size);
                part.attach(manager);
                parts.add(loss.sum(part, scores));
            }
            double[] ones = new double[parts.size()];
            Arrays.fill(ones, 1);
            return Embeddings.scaledSum(parts, ones);
        }

        @Override
        public long terms(int examples) {
            return loss.terms(examples);
        }

        @Override
        public void check(int columns, boolean scored) {
            loss.check(columns, scored);
        }

        @Override
        public void checkSize(int all) {
            for (int size : dimensions) {
                if (size > all) {
                    throw new IllegalArgumentException(
                            "Matryoshka dimension %d of embeddings of %d numbers; expected at most %d"
                                    .formatted(size, all, all));
                }
            }
        }

        @Override
        public boolean isInBatch() {
            return loss.isInBatch();
        }

        @Override
        public int leastExamples(int columns) {
            return loss.leastExamples(columns);
        }
    }
}
