/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import org.lora4j.train.metric.HeadOutputs;
import org.lora4j.train.metric.OwnMetric;

// snippet: own-metric
/** The area under the ROC curve: the share of pairs of texts that the outputs put in order. */
record AreaUnderCurve(int label) implements OwnMetric {
    @Override
    public String name() {
        return "auc";
    }

    @Override
    public double value(HeadOutputs outputs) {
        double right = 0;
        double pairs = 0;
        for (int one = 0; one < outputs.size(); one++) {
            for (int other = 0; other < outputs.size(); other++) {
                if (outputs.target(one) == label && outputs.target(other) != label) {
                    int order = Double.compare(score(outputs, one), score(outputs, other));
                    right += order > 0 ? 1 : order == 0 ? 0.5 : 0;
                    pairs++;
                }
            }
        }
        return right / pairs;
    }

    private double score(HeadOutputs outputs, int text) {
        float[] logits = outputs.outputs(text);
        return (double) logits[label] - logits[1 - label]; // of two labels
    }
}
// end
