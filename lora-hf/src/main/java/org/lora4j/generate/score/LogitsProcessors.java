/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate.score;

import java.util.Arrays;

/**
 * transformers' logits processors, in place and in float32 as there; a token that may not be drawn
 * gets a score of -∞. Holds its arrays for the next use; for one thread.
 *
 * <p>Follows transformers 5.23.0, generation/logits_process.py: TemperatureLogitsWarper,
 * TopKLogitsWarper, TopPLogitsWarper and MinPLogitsWarper. What holds for the best token too is a
 * {@link ScoreRule}.
 */
public final class LogitsProcessors {
    private static final float REMOVED = Float.NEGATIVE_INFINITY;

    private final Ranking ranking = new Ranking();
    private float[] weights = {};

    public static void temper(float[] scores, float temperature) {
        for (int i = 0; i < scores.length; i++) {
            scores[i] /= temperature;
        }
    }

    /** Keeps the best k and those that score as the last of them. */
    public void topK(float[] scores, int k) {
        if (k >= scores.length) {
            return;
        }
        ranking.clear(scores.length);
        for (int i = 0; i < scores.length; i++) {
            ranking.add(i, scores[i]);
        }
        Arrays.fill(weights(scores.length), 1);
        int kept = ranking.cut(weights, better -> better >= k);
        float least = Float.POSITIVE_INFINITY;
        for (int rank = 0; rank < kept; rank++) {
            least = Math.min(least, scores[ranking.id(rank)]);
        }
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] < least) {
                scores[i] = REMOVED;
            }
        }
    }

    /**
     * Removes tokens from the worst on while their probabilities add up to at most 1 - p; the best
     * one stays.
     *
     * @param best the highest score
     */
    public void topP(float[] scores, double p, float best) {
        double total = weigh(scores, best);
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            weights[i] = (float) (weights[i] / total);
            sum += weights[i];
        }
        // All tokens of less than this have less than half of what is removed anyway.
        double removed = (1 - p) / (2.0 * scores.length);
        ranking.clear(scores.length);
        for (int i = 0; i < scores.length; i++) {
            if (weights[i] >= removed) {
                ranking.add(i, scores[i]);
            } else {
                scores[i] = REMOVED;
            }
        }
        double all = sum;
        float limit = (float) (1 - p);
        int kept = ranking.cut(weights, better -> (float) (all - better) <= limit);
        for (int rank = Math.max(1, kept); rank < ranking.size(); rank++) {
            scores[ranking.id(rank)] = REMOVED;
        }
    }

    /** Removes tokens that are less likely than a share of the best one, which stays. */
    public void minP(float[] scores, double share, float best) {
        double total = weigh(scores, best);
        float least = (float) share * (float) (1 / total);
        for (int i = 0; i < scores.length; i++) {
            if ((float) (weights[i] / total) < least && scores[i] < best) {
                scores[i] = REMOVED;
            }
        }
    }

    /** Fills the weights with exp(score - best), and returns their sum. */
    private double weigh(float[] scores, float best) {
        double total = 0;
        weights(scores.length);
        for (int i = 0; i < scores.length; i++) {
            weights[i] = scores[i] == REMOVED ? 0 : (float) Math.exp(scores[i] - best);
            total += weights[i];
        }
        return total;
    }

    private float[] weights(int length) {
        if (weights.length < length) {
            weights = new float[length];
        }
        return weights;
    }
}
