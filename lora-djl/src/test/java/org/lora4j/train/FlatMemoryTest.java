/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class FlatMemoryTest {
    private static final int WARM = 300;
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
    @EnabledOnOs(OS.LINUX)
    void aThousandStepsDoNotGrowNativeMemory() {
        List<Long> resident = new ArrayList<>();
        try (MlpTask task = new MlpTask(16, 512, 3, 0.1, 3)) {
            LoraTrainer.builder(task)
                    .setDataset(Points.random(320, 16, 1, 32))
                    .optConfig(c -> c.optSteps(STEPS).optClipNorm(1))
                    .addListener(
                            LoraTrainerTest.onStep(
                                    step -> {
                                        if (step.step() == WARM || step.step() == STEPS) {
                                            resident.add(resident());
                                        }
                                    }))
                    .build()
                    .fit();
        }
        assertThat(resident).hasSize(2);
        assertThat(resident.get(1) - resident.get(0)).isLessThan(ALLOWED);
    }

    /** Anonymous resident memory in bytes, the Java heap's committed part left out by a full GC. */
    private static long resident() {
        System.gc();
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("RssAnon:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
