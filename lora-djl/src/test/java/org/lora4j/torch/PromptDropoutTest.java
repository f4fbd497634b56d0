/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Dropout between the layers of a prompt's LSTM, beside the stacked LSTM on changed weights. */
final class PromptDropoutTest {
    private static final int WIDTH = 5;
    private static final int HIDDEN = 3;
    private static final double P = 0.25;

    private final Random random = new Random(9);

    @Test
    void aMaskOfAllRowsIsThatOfTheNextLayersColumns() {
        try (NDManager manager = NDManager.newBaseManager()) {
            List<NDArray> tensors = tensors(manager);
            boolean[] kept = {true, false, true, true, false, true};
            NDArray row = manager.create(kept);
            NDArray mask = row.reshape(1, 2L * HIDDEN).broadcast(new Shape(4, 2L * HIDDEN));
            TorchKernels kernels = new TorchKernels();
            float[] dropped = kernels.encodePrompt(tensors, 2, List.of(mask), P).toFloatArray();
            float[] plain = kernels.encodePrompt(tensors, 2).toFloatArray();
            NDArray factor = row.toType(DataType.FLOAT32, true).mul((float) (1 / (1 - P)));
            for (int direction = 0; direction < 2; direction++) {
                int place = 1 + 8 + 4 * direction; // weight_ih of the second layer
                tensors.set(place, tensors.get(place).mul(factor));
            }
            assertThat(dropped)
                    .containsExactly(
                            kernels.encodePrompt(tensors, 2).toFloatArray(), within(1e-6f));
            assertThat(dropped).isNotEqualTo(plain);
        }
    }

    private List<NDArray> tensors(NDManager manager) {
        List<NDArray> tensors = new ArrayList<>();
        tensors.add(drawn(manager, 4, WIDTH));
        for (int layer = 0; layer < 2; layer++) {
            for (int direction = 0; direction < 2; direction++) {
                tensors.add(drawn(manager, 4 * HIDDEN, layer == 0 ? WIDTH : 2 * HIDDEN));
                tensors.add(drawn(manager, 4 * HIDDEN, HIDDEN));
                tensors.add(drawn(manager, 4 * HIDDEN));
                tensors.add(drawn(manager, 4 * HIDDEN));
            }
        }
        tensors.add(drawn(manager, 2 * HIDDEN, 2 * HIDDEN));
        tensors.add(drawn(manager, 2 * HIDDEN));
        tensors.add(drawn(manager, WIDTH, 2 * HIDDEN));
        tensors.add(drawn(manager, WIDTH));
        return tensors;
    }

    private NDArray drawn(NDManager manager, long... shape) {
        float[] values = new float[(int) new Shape(shape).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 0.7f;
        }
        return manager.create(values, new Shape(shape));
    }
}
