/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** By hand: the gradient of w · mean (y - ŷ)² is 2 w (ŷ - y) / n. */
final class SquaredErrorLossTest {
    private static final float[] LABELS = {1, -2, 3, 0.5f, 0, -1};
    private static final float[] PREDICTIONS = {0.5f, 1, 2.5f, -0.5f, 4, -2};

    @Test
    void itIsDjlsL2Loss() {
        assertThat(value(new SquaredErrorLoss())).isEqualTo(value(Loss.l2Loss()), within(1e-6f));
        assertThat(value(new SquaredErrorLoss("loss", 3)))
                .isEqualTo(value(Loss.l2Loss("loss", 3)), within(1e-5f));
        assertThatThrownBy(() -> new SquaredErrorLoss("loss", 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static float value(Loss loss) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray labels = manager.create(LABELS);
            NDArray predictions = manager.create(PREDICTIONS, new Shape(2, 3));
            return loss.evaluate(new NDList(labels), new NDList(predictions)).getFloat();
        }
    }

    @Test
    void aGarbageCollectionBeforeTheGradientsDoesNotChangeThem() {
        for (int round = 0; round < 3; round++) {
            try (NDManager manager = NDManager.newBaseManager()) {
                NDArray x = manager.create(PREDICTIONS);
                x.setRequiresGradient(true);
                NDList labels = new NDList(manager.create(LABELS));
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    NDArray loss = new SquaredErrorLoss().evaluate(labels, new NDList(x));
                    collect();
                    collector.backward(loss);
                }
                float[] gradient = x.getGradient().toFloatArray();
                for (int i = 0; i < gradient.length; i++) {
                    assertThat(gradient[i])
                            .isEqualTo((PREDICTIONS[i] - LABELS[i]) / 6, within(1e-6f));
                }
            }
        }
    }

    /** Collects, and writes into what was freed. */
    private static void collect() {
        System.gc();
        try {
            Thread.sleep(30); // the collector's thread frees direct memory
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<ByteBuffer> filled = new ArrayList<>();
        for (int i = 0; i < 4000; i++) {
            filled.add(
                    ByteBuffer.allocateDirect(8)
                            .order(ByteOrder.nativeOrder())
                            .putFloat(-777)
                            .putFloat(-777));
        }
        assertThat(filled).hasSize(4000);
    }
}
