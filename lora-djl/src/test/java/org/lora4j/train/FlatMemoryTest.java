/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lora4j.torch.NativeHeap;

final class FlatMemoryTest {
    private static final int WINDOW = 300;
    private static final int STEPS = 1300;

    /** A step makes 32 x 512 activations: leaking one a step would be 65 MB. */
    private static final long ALLOWED = 16L << 20;

    @Test
    void stepsAndValidationsLeaveNoArrayInTheTasksManager() {
        List<Integer> arrays = new ArrayList<>();
        try (MlpTask task = new MlpTask(4, 8, 3, 0.1, 3)) {
            int before = task.manager.getManagedArrays().size();
            LoraTrainer.builder(task)
                    .setDataset(Points.random(60, 4, 1, 7))
                    .optValidation(Points.random(60, 4, 1, 7))
                    .optConfig(c -> c.optSteps(30).optAccumulation(2).optClipNorm(1))
                    .addListener(
                            LoraTrainerTest.onStep(
                                    step -> arrays.add(task.manager.getManagedArrays().size())))
                    .build()
                    .fit();
            assertThat(before).isEqualTo(4);
            assertThat(arrays).hasSize(30).containsOnly(before);
            assertThat(task.manager.getManagedArrays()).hasSize(before);
        }
    }

    @Test
    void aThousandStepsDoNotGrowNativeMemory() {
        assertThat(growth(false)).isLessThan(ALLOWED);
        assertThat(growth(true)).as("with an array kept at each step").isGreaterThan(ALLOWED);
    }

    /** The lowest use of native memory in the last steps less the lowest in the first. */
    private static long growth(boolean leak) {
        long[] used = new long[STEPS];
        List<NDArray> kept = new ArrayList<>();
        try (MlpTask task = new MlpTask(16, 512, 3, 0.1, 3)) {
            LoraTrainer.builder(task)
                    .setDataset(Points.random(320, 16, 1, 32))
                    .optConfig(c -> c.optSteps(STEPS).optClipNorm(1))
                    .addListener(
                            LoraTrainerTest.onStep(
                                    step -> {
                                        used[step.step() - 1] = NativeHeap.used();
                                        if (leak) {
                                            kept.add(task.manager.zeros(new Shape(32, 512)));
                                        }
                                    }))
                    .build()
                    .fit();
        }
        assertThat(kept).hasSize(leak ? STEPS : 0);
        return lowest(used, STEPS - WINDOW) - lowest(used, 0);
    }

    private static long lowest(long[] used, int from) {
        return Arrays.stream(used, from, from + WINDOW).min().orElseThrow();
    }
}
