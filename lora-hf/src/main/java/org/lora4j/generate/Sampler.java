/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.util.Set;
import org.lora4j.block.random.CounterRandom;
import org.lora4j.generate.score.LogitsProcessors;
import org.lora4j.generate.score.TextSoFar;

/**
 * Chooses the token that follows: from scores z [V], over a vocabulary of V tokens, the scores z'
 * are made as transformers makes them, in its order (what the model's generation_config.json asks
 * for and the repetition penalty over the prompt and the text so far; then, where tokens are drawn,
 * temperature, top-k, top-p and min-p), and the token is
 *
 * <pre>{@code
 * greedy:   argmax z'                       of equal scores the first
 * sampled:  the first i with p_0 + ... + p_i > u,   p = softmax(z')
 * }</pre>
 *
 * where u, uniform in (0, 1), depends on the seed, the sequence and the step alone, so that a text
 * does not depend on what else is in its batch. Given the same scores the choice is the same on
 * every machine; transformers draws with torch's generator, so its samples are others, of the same
 * distribution. With a greedy configuration only what comes before the temperature applies, as
 * there.
 *
 * <p>Keeps scratch arrays: cheap to make, for one thread at a time.
 */
public final class Sampler {
    /** exp(-64), of the best token's weight, is nothing beside the rounding of the sum. */
    private static final double NOTHING = -64;

    private final GenerationSettings settings;
    private final LogitsProcessors processors = new LogitsProcessors();
    private final long key;
    private double[] weights = {};

    Sampler(GenerationSettings settings) {
        this.settings = settings;
        this.key = CounterRandom.derive(settings.seed(), "generate");
    }

    /**
     * A sampler of a configuration alone, for a model whose own files say nothing.
     *
     * @param config temperature, topK, topP, repetitionPenalty and seed
     * @return the sampler
     */
    public static Sampler of(GenerationConfig config) {
        return new Sampler(ModelGeneration.none().settings(config, Set.of()));
    }

    /**
     * Chooses a token.
     *
     * @param logits [V] the model's scores for the next token, at least one of them finite;
     *     overwritten
     * @param tokens the ids of the prompt and of the text so far
     * @param count how many of them there are
     * @param sequence which text this is
     * @param step how many tokens it has so far, of the count
     * @return an id in [0, V)
     * @throws IllegalArgumentException if an id is negative, or count is more than there are
     * @throws IllegalStateException if a score is NaN or +∞, or all are -∞: the weights, or an
     *     adapter, are broken
     */
    public int next(float[] logits, int[] tokens, int count, int sequence, int step) {
        applyRules(logits, tokens, count, step);
        int best = best(logits);
        if (settings.isGreedy() || !Float.isFinite(logits[best] / (float) settings.temperature())) {
            return best; // a temperature next to 0, at which scores overflow, is 0
        }
        double uniform = CounterRandom.uniform(CounterRandom.derive(key, sequence), step);
        process(logits, best);
        return draw(logits, logits[best], uniform);
    }

    private void applyRules(float[] scores, int[] tokens, int count, int step) {
        if (count < 0 || count > tokens.length) {
            throw new IllegalArgumentException(
                    "count is " + count + "; expected 0 to " + tokens.length + ", the tokens");
        }
        if (settings.rules().isEmpty()) {
            return;
        }
        for (int i = 0; i < count; i++) {
            if (tokens[i] < 0) {
                throw new IllegalArgumentException(
                        "token " + i + " is " + tokens[i] + "; expected an id of at least 0");
            }
        }
        TextSoFar text = new TextSoFar(tokens, count, Math.max(0, count - step));
        settings.rules().forEach(rule -> rule.apply(scores, text));
    }

    /**
     * What may be drawn after temperature, top-k, top-p and min-p; the best token stays the best.
     */
    void process(float[] scores, int best) {
        if (settings.temperature() != 1) {
            LogitsProcessors.temper(scores, (float) settings.temperature());
        }
        if (settings.topK() > 0) {
            processors.topK(scores, settings.topK());
        }
        if (settings.topP() < 1) {
            processors.topP(scores, settings.topP(), scores[best]);
        }
        if (settings.minP() > 0) {
            processors.minP(scores, settings.minP(), scores[best]);
        }
    }

    /** The first token of the highest score. */
    static int best(float[] scores) {
        int best = -1;
        float highest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < scores.length; i++) {
            float score = scores[i];
            if (score > highest) {
                highest = score;
                best = i;
            } else if (Float.isNaN(score)) {
                throw broken("the score of token " + i + " is NaN");
            }
        }
        if (best < 0) {
            throw new IllegalStateException(
                    ("no token of %s has a score above -∞; expected one that may follow. Either the"
                                    + " model's weights or an adapter's are broken, or its"
                                    + " generation_config.json forbids every token (bad_words_ids,"
                                    + " suppress_tokens, no_repeat_ngram_size)")
                            .formatted(scores.length));
        }
        requireFinite(highest);
        return best;
    }

    /** Checks the highest score: NaN, where scores are compared as torch does, or ±∞. */
    static void requireFinite(float highest) {
        if (!Float.isFinite(highest)) {
            throw broken("the best score is " + highest);
        }
    }

    private static IllegalStateException broken(String what) {
        return new IllegalStateException(
                "%s; expected finite scores. The model's weights or an adapter's are broken, or overflow in their precision (float16?)"
                        .formatted(what));
    }

    /** Inverts the distribution function, over the ids in order. */
    int draw(float[] scores, double highest, double uniform) {
        if (weights.length < scores.length) {
            weights = new double[scores.length];
        }
        double total = 0;
        int last = 0;
        for (int i = 0; i < scores.length; i++) {
            double below = scores[i] - highest;
            weights[i] = below > NOTHING ? Math.exp(below) : 0;
            total += weights[i];
            if (weights[i] > 0) {
                last = i;
            }
        }
        double goal = uniform * total;
        double sum = 0;
        for (int i = 0; i < last; i++) {
            sum += weights[i];
            if (sum > goal && weights[i] > 0) {
                return i;
            }
        }
        return last;
    }
}
