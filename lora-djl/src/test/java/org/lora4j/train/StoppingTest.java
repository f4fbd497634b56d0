/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.lora4j.torch.GradMode;

@Timeout(60)
final class StoppingTest {
    private static final Points DATA = Points.random(60, 4, 1, 7);

    @Test
    void cancellingFromAnotherThreadEndsInOrder() throws Exception {
        CountDownLatch running = new CountDownLatch(20);
        ExecutorService other = Executors.newSingleThreadExecutor();
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainer<PointBatch> trainer =
                    LoraTrainer.builder(task)
                            .setDataset(DATA)
                            .optSteps(Integer.MAX_VALUE)
                            .addListener(LoraTrainerTest.onStep(step -> running.countDown()))
                            .build();
            Future<LoraTrainingResult> future = other.submit(trainer::fit);
            assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
            trainer.cancel();
            LoraTrainingResult result = future.get(30, TimeUnit.SECONDS);
            assertThat(result.stopReason()).isEqualTo(StopReason.CANCELLED);
            assertThat(result.steps()).isGreaterThanOrEqualTo(20);
            assertThat(result.lossByStep()).hasSize(result.steps());
            assertThat(result.restoredStep()).isEqualTo(result.steps());
        } finally {
            other.shutdownNow();
        }
    }

    @Test
    void anInterruptEndsInOrderAndStaysSet() {
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainingResult result =
                    LoraTrainer.builder(task)
                            .setDataset(DATA)
                            .optSteps(100)
                            .addListener(
                                    LoraTrainerTest.onStep(
                                            step -> {
                                                if (step.step() == 5) {
                                                    Thread.currentThread().interrupt();
                                                }
                                            }))
                            .build()
                            .fit();
            assertThat(Thread.interrupted()).isTrue();
            assertThat(result.stopReason()).isEqualTo(StopReason.INTERRUPTED);
            assertThat(result.steps()).isEqualTo(5);
        }
    }

    @Test
    void cancelledBeforeItBeganItTakesNoStep() {
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            int[] before = task.bits();
            LoraTrainer<PointBatch> trainer =
                    LoraTrainer.builder(task).setDataset(DATA).optSteps(100).build();
            trainer.cancel();
            LoraTrainingResult result = trainer.fit();
            assertThat(result.steps()).isZero();
            assertThat(result.stopReason()).isEqualTo(StopReason.CANCELLED);
            assertThat(result.meanLoss()).isNaN();
            assertThat(result.examplesPerSecond()).isZero();
            assertThat(task.bits()).containsExactly(before);
            assertThatThrownBy(trainer::fit).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aListenerThatThrowsDisturbsNothing() {
        List<String> heard = new ArrayList<>();
        TrainingListener bad =
                new TrainingListener() {
                    @Override
                    public void onStep(StepInfo step) {
                        heard.add("step");
                        throw new IllegalArgumentException("expected in this test");
                    }

                    @Override
                    public void onEnd(LoraTrainingResult result) {
                        heard.add("end");
                        throw new IllegalArgumentException("expected in this test");
                    }

                    @Override
                    public void onFailure(Throwable failure) {
                        heard.add("failure");
                    }
                };
        List<Integer> good = new ArrayList<>();
        try (MlpTask disturbed = new MlpTask(4, 8, 3, 0, 3);
                MlpTask quiet = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainer.builder(disturbed)
                    .setDataset(DATA)
                    .optSteps(4)
                    .addListener(bad)
                    .addListener(LoraTrainerTest.onStep(step -> good.add(step.step())))
                    .build()
                    .fit();
            LoraTrainer.builder(quiet).setDataset(DATA).optSteps(4).build().fit();
            assertThat(disturbed.bits()).containsExactly(quiet.bits());
        }
        assertThat(heard).containsExactly("step", "end");
        assertThat(good).containsExactly(1, 2, 3, 4);
    }

    @Test
    void theThreadsGradModeIsAsBefore() {
        for (boolean on : new boolean[] {true, false}) {
            try (MlpTask task = new MlpTask(4, 8, 3, 0, 3);
                    GradMode mode = on ? GradMode.on() : GradMode.off()) {
                LoraTrainer.builder(task)
                        .setDataset(DATA)
                        .optValidation(DATA)
                        .optSteps(3)
                        .build()
                        .fit();
                assertThat(GradMode.isOn()).isEqualTo(on);
            }
        }
    }
}
