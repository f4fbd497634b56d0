/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.preference;

import java.util.Locale;

/**
 * The loss of a pair of texts, of which one is preferred: a function of δ = (log π(c) - log ρ(c)) -
 * (log π(r) - log ρ(r)), where π(c) and π(r) are the probabilities of the chosen and of the
 * rejected completion with the adapter and ρ those with the base alone.
 *
 * @param kind which function
 * @param beta β, above 0: how much a step away from the base costs; 0.1 by default
 * @param labelSmoothing ε in [0, 0.5), the probability that a preference is the wrong way round; 0
 *     by default; for {@link Kind#SIGMOID} and {@link Kind#ROBUST}
 */
public record PreferenceLoss(Kind kind, double beta, double labelSmoothing) {
    /** A function of δ. */
    public enum Kind {
        /**
         * -(1 - ε) log σ(β δ) - ε log σ(-β δ): Rafailov et al. 2023 (arXiv:2305.18290), and with ε
         * Mitchell's conservative form of it, as in TRL before 1.0; TRL 1.16 leaves ε out here.
         */
        SIGMOID,
        /**
         * (ε log σ(-β δ) - (1 - ε) log σ(β δ)) / (1 - 2 ε), unbiased where a share ε of the
         * preferences is the wrong way round: Chowdhury et al. 2024 (arXiv:2403.00409).
         */
        ROBUST,
        /** max(0, 1 - β δ): Liu et al. 2023 (arXiv:2309.06657). */
        HINGE,
        /**
         * (δ - 1/(2 β))², with log-probabilities that are means over a completion's tokens: Azar et
         * al. 2023 (arXiv:2310.12036).
         */
        IPO;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public PreferenceLoss {
        if (!(beta > 0 && beta < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("beta is " + beta + "; expected more than 0");
        }
        if (!(labelSmoothing >= 0 && labelSmoothing < 0.5)) {
            throw new IllegalArgumentException(
                    "label smoothing is " + labelSmoothing + "; expected 0 to less than 0.5");
        }
        if (labelSmoothing > 0 && kind != Kind.SIGMOID && kind != Kind.ROBUST) {
            throw new IllegalArgumentException(
                    "label smoothing is %s with the loss %s; expected sigmoid or robust"
                            .formatted(labelSmoothing, kind));
        }
    }

    /** Returns the sigmoid loss with β = 0.1, TRL's default. */
    public static PreferenceLoss defaults() {
        return new PreferenceLoss(Kind.SIGMOID, 0.1, 0);
    }

    /**
     * Returns this loss with another β.
     *
     * @param value more than 0
     */
    public PreferenceLoss withBeta(double value) {
        return new PreferenceLoss(kind, value, labelSmoothing);
    }

    /**
     * Returns this loss with another ε.
     *
     * @param value from 0 to less than 0.5
     */
    public PreferenceLoss withLabelSmoothing(double value) {
        return new PreferenceLoss(kind, beta, value);
    }

    /** Returns whether log-probabilities are means over tokens rather than sums. */
    boolean averages() {
        return kind == Kind.IPO;
    }

    /** Returns the loss at δ. */
    double value(double delta) {
        double scaled = beta * delta;
        return switch (kind) {
            case SIGMOID ->
                    (1 - labelSmoothing) * softplus(-scaled) + labelSmoothing * softplus(scaled);
            case ROBUST ->
                    ((1 - labelSmoothing) * softplus(-scaled) - labelSmoothing * softplus(scaled))
                            / (1 - 2 * labelSmoothing);
            case HINGE -> Math.max(0, 1 - scaled);
            case IPO -> (delta - 1 / (2 * beta)) * (delta - 1 / (2 * beta));
        };
    }

    /** Returns the loss's derivative with respect to δ. */
    double slope(double delta) {
        double scaled = beta * delta;
        return switch (kind) {
            case SIGMOID ->
                    beta
                            * (labelSmoothing * sigmoid(scaled)
                                    - (1 - labelSmoothing) * sigmoid(-scaled));
            case ROBUST ->
                    -beta
                            * ((1 - labelSmoothing) * sigmoid(-scaled)
                                    + labelSmoothing * sigmoid(scaled))
                            / (1 - 2 * labelSmoothing);
            case HINGE -> scaled < 1 ? -beta : 0;
            case IPO -> 2 * (delta - 1 / (2 * beta));
        };
    }

    /** log(1 + e^x) = -log σ(-x). */
    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    private static double sigmoid(double x) {
        return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
    }
}
