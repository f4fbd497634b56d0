/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.util.Arrays;
import java.util.OptionalInt;
import org.lora4j.hf.TextDataset;
import org.lora4j.text.table.LabelSet;

/** Weights of labels as an option has them: {@code spam=2,ham=0.5}. */
final class ClassWeights {
    private ClassWeights() {}

    /**
     * Parses weights; labels that are not named weigh 1.
     *
     * @throws IllegalArgumentException if a label is unknown, or a weight is no number
     */
    static float[] parse(String text, LabelSet labels) {
        float[] weights = new float[labels.size()];
        Arrays.fill(weights, 1);
        for (String part : text.split(",", -1)) {
            int equals = part.lastIndexOf('=');
            OptionalInt label =
                    equals < 0 ? OptionalInt.empty() : labels.find(part.substring(0, equals));
            if (label.isEmpty()) {
                throw new IllegalArgumentException(
                        "--class-weights has '%s'; expected balanced, or LABEL=WEIGHT with a label of %s"
                                .formatted(part, labels));
            }
            float weight = Float.NaN;
            try {
                weight = Float.parseFloat(part.substring(equals + 1));
            } catch (NumberFormatException e) {
                // refused below
            }
            if (!TextDataset.isLabelWeight(weight)) {
                throw new IllegalArgumentException(
                        ("--class-weights has '%s'; expected a number above 0 and at most 1e12"
                                        + " after =")
                                .formatted(part));
            }
            weights[label.getAsInt()] = weight;
        }
        return weights;
    }
}
