/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.predict;

import org.lora4j.hf.score.TextScores;

/** Probabilities of logits. */
final class Probabilities {
    private Probabilities() {}

    /** exp(x) / Σ exp(x) over some of the outputs. */
    static double[] softmax(float[] outputs, int from, int count) {
        float most = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            most = Math.max(most, number(outputs[from + i])); // NaN stays NaN
        }
        double[] probabilities = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            probabilities[i] = Math.exp((double) outputs[from + i] - most);
            sum += probabilities[i];
        }
        for (int i = 0; i < count; i++) {
            probabilities[i] /= sum;
        }
        return probabilities;
    }

    /** 1 / (1 + exp(-x)). */
    static double sigmoid(float output) {
        return 1 / (1 + Math.exp(-(double) number(output)));
    }

    private static float number(float output) {
        if (Float.isNaN(output)) {
            throw TextScores.broken("an output is NaN; expected finite ones");
        }
        return output;
    }
}
