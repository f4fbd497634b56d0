/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import org.junit.jupiter.api.Test;

/** Against the softmax of each text's own tokens, summed by hand in float64. */
final class SpanLossTest {
    /** Seven tokens, of texts of four and of three, laid out in the other order. */
    private static final float[] LOGITS = {
        0.3f, -1.2f, 2.1f, 0.4f, -0.7f, 1.9f, 1.1f, -2.3f, 0.2f, 0.6f, -3.1f, 1.3f, 0.9f, -0.8f
    };

    private static final long[] PLACES = {3, 4, 5, 6, 0, 1, 2, -1};
    private static final long[] LABELS = {1, 0, 3, 2};

    @Test
    void theLossAndItsGradientsAreThoseOfEachTextsTokens() {
        double loss = 0;
        double[] gradients = new double[LOGITS.length];
        for (int row = 0; row < 2; row++) {
            for (int kind = 0; kind < 2; kind++) {
                double sum = 0;
                for (int column = 0; column < 4; column++) {
                    long place = PLACES[row * 4 + column];
                    sum += place < 0 ? 0 : Math.exp(LOGITS[(int) place * 2 + kind]);
                }
                for (int column = 0; column < 4; column++) {
                    int place = (int) PLACES[row * 4 + column];
                    if (place >= 0) {
                        boolean right = LABELS[kind * 2 + row] == column;
                        double p = Math.exp(LOGITS[place * 2 + kind]) / sum;
                        gradients[place * 2 + kind] = (p - (right ? 1 : 0)) / 2;
                        loss -= right ? Math.log(p) / 2 : 0;
                    }
                }
            }
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.create(LOGITS, new Shape(7, 2));
            logits.setRequiresGradient(true);
            NDArray places = manager.create(PLACES, new Shape(2, 4));
            NDArray labels = manager.create(LABELS);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray found = Torch.spanLossSum(logits, places, labels);
                assertThat((double) found.getFloat()).isEqualTo(loss, within(1e-5));
                collector.backward(found);
            }
            float[] found = logits.getGradient().toFloatArray();
            for (int i = 0; i < found.length; i++) {
                assertThat((double) found[i]).isEqualTo(gradients[i], within(1e-6));
            }
        }
    }
}
