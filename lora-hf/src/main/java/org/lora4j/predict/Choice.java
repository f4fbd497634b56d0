/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.predict;

/**
 * The likeliest of some classes.
 *
 * @param index which, the first of equals
 * @param probability its probability: softmax of the outputs
 */
record Choice(int index, double probability) {
    /**
     * Chooses.
     *
     * @param outputs logits
     * @param from the first of those that are compared
     * @param count how many they are
     * @throws IllegalStateException if one is NaN
     */
    static Choice of(float[] outputs, int from, int count) {
        double[] probabilities = Probabilities.softmax(outputs, from, count);
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (outputs[from + i] > outputs[from + best]) {
                best = i;
            }
        }
        return new Choice(best, probabilities[best]);
    }
}
