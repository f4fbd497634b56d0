/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.metric;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** The relevance of things that were ranked by a score, the best first. Immutable. */
public final class Ranking {
    private final double[] relevance;

    private Ranking(double[] relevance) {
        this.relevance = relevance;
    }

    /**
     * Ranks by scores; of equal ones the first given is the better one.
     *
     * @param scores the score of each thing
     * @param relevance how relevant each is, as many; above 0 it is relevant
     */
    public static Ranking of(double[] scores, double[] relevance) {
        if (scores.length != relevance.length) {
            throw new IllegalArgumentException(
                    "%d scores and %d relevances; expected as many"
                            .formatted(scores.length, relevance.length));
        }
        double[] ranked =
                IntStream.range(0, scores.length)
                        .boxed()
                        .sorted(Comparator.comparingDouble(i -> -scores[i]))
                        .mapToDouble(i -> relevance[i])
                        .toArray();
        return new Ranking(ranked);
    }

    /** Returns whether anything is relevant. */
    public boolean hasRelevant() {
        return Arrays.stream(relevance).anyMatch(value -> value > 0);
    }

    /**
     * Returns 1 / the rank of the first relevant thing, or 0 where none is among the first.
     *
     * @param k how many ranks count
     */
    public double reciprocalRank(int k) {
        for (int i = 0; i < Math.min(k, relevance.length); i++) {
            if (relevance[i] > 0) {
                return 1.0 / (i + 1);
            }
        }
        return 0;
    }

    /**
     * Returns the normalised discounted cumulative gain, Σ rel / log2(rank + 1) over that of the
     * best order, as scikit-learn's ndcg_score without ties.
     *
     * @param k how many ranks count
     */
    public double ndcg(int k) {
        double[] best = relevance.clone();
        Arrays.sort(best);
        double[] ideal = new double[best.length];
        for (int i = 0; i < ideal.length; i++) {
            ideal[i] = best[best.length - 1 - i];
        }
        double most = gain(ideal, k);
        return most == 0 ? 0 : gain(relevance, k) / most;
    }

    private static double gain(double[] values, int k) {
        double sum = 0;
        for (int i = 0; i < Math.min(k, values.length); i++) {
            sum += values[i] * Math.log(2) / Math.log(i + 2);
        }
        return sum;
    }

    /** Returns the mean precision at the ranks of the relevant things; 0 where there are none. */
    public double averagePrecision() {
        double sum = 0;
        int found = 0;
        for (int i = 0; i < relevance.length; i++) {
            if (relevance[i] > 0) {
                found++;
                sum += (double) found / (i + 1);
            }
        }
        return found == 0 ? 0 : sum / found;
    }
}
