/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class ConcurrentTrainingTest {
    private static final int TRAININGS = 4;

    @Test
    void fourTrainingsAtOnceEachGiveTheBitsTheyGiveAlone() throws Exception {
        List<int[]> alone = new ArrayList<>();
        for (int i = 0; i < TRAININGS; i++) {
            alone.add(train(i));
        }
        assertThat(alone.get(0)).isNotEqualTo(alone.get(1));
        ExecutorService threads = Executors.newFixedThreadPool(TRAININGS);
        CyclicBarrier together = new CyclicBarrier(TRAININGS);
        try {
            List<Future<int[]>> running = new ArrayList<>();
            for (int i = 0; i < TRAININGS; i++) {
                int number = i;
                running.add(
                        threads.submit(
                                () -> {
                                    together.await();
                                    return train(number);
                                }));
            }
            for (int i = 0; i < TRAININGS; i++) {
                assertThat(running.get(i).get(60, TimeUnit.SECONDS)).containsExactly(alone.get(i));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static int[] train(int number) {
        Points data = Points.random(96, 6, number, 9 + number);
        try (MlpTask task = new MlpTask(6, 32, 3, 0.1 * number, number)) {
            LoraTrainer.builder(task)
                    .setDataset(data)
                    .optValidation(data)
                    .optConfig(
                            c ->
                                    c.optSteps(60)
                                            .optSeed(number)
                                            .optAccumulation(1 + number % 2)
                                            .optClipNorm(number % 2)
                                            .optEvaluateEverySteps(20))
                    .build()
                    .fit();
            return task.bits();
        }
    }
}
