/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.train.listener.CsvListener;

/** However a training ends, the tensors are the best or the last sound ones. */
final class KeptWorkTest {
    private static final Points DATA = Points.random(60, 4, 1, 7);
    private static final LearningRateSchedule FROM_STEP_2 =
            LearningRateSchedule.constant(WarmUp.ofSteps(1));

    @TempDir private Path directory = Path.of("");

    private final List<int[]> afterStep = new ArrayList<>();

    private LoraTrainer.Builder<PointBatch> diverging(MlpTask task) {
        // The rate is 0 in step 1; step 2 makes the tensors about 1e30, and step 3 finds NaN.
        return LoraTrainer.builder(task)
                .setDataset(DATA)
                .optSteps(9)
                .optConfig(c -> c.optLearningRate(1e30).optSchedule(FROM_STEP_2))
                .addListener(LoraTrainerTest.onStep(step -> afterStep.add(task.bits())));
    }

    @Test
    void anUpdateThatBrokeTheTensorsIsUndone() {
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainer<PointBatch> trainer = diverging(task).build();
            assertThatThrownBy(trainer::fit)
                    .isInstanceOfSatisfying(
                            TrainingDivergedException.class,
                            e -> {
                                assertThat(e.step()).isEqualTo(3);
                                assertThat(e.restoredStep()).isEqualTo(1);
                            })
                    .hasMessageContaining("The tensors are those after step 1");
            assertThat(task.bits()).containsExactly(afterStep.get(0));
            LoraTrainingResult result = trainer.result().orElseThrow();
            assertThat(result.stopReason()).isEqualTo(StopReason.DIVERGED);
            assertThat(result.steps()).isEqualTo(2);
            assertThat(result.restoredStep()).isEqualTo(1);
            assertThat(result.lossByEpoch()).hasSize(1);
        }
    }

    @Test
    void theBestValidationComesBackAfterDivergence() {
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainer<PointBatch> trainer =
                    diverging(task)
                            .optValidation(DATA)
                            .optConfig(c -> c.optEvaluateEverySteps(1))
                            .build();
            assertThatThrownBy(trainer::fit)
                    .isInstanceOf(TrainingDivergedException.class)
                    .hasMessageContaining("those of the best validation, after step 1");
            assertThat(task.bits()).containsExactly(afterStep.get(0));
            assertThat(trainer.result().orElseThrow().finalValidation().orElseThrow().step())
                    .isEqualTo(1);
        }
    }

    @Test
    void tensorsThatTheLastUpdateBrokeAreNoResult() {
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainer<PointBatch> trainer =
                    LoraTrainer.builder(task)
                            .setDataset(DATA)
                            .optSteps(2)
                            .optConfig(c -> c.optLearningRate(1e30).optSchedule(FROM_STEP_2))
                            .addListener(LoraTrainerTest.onStep(step -> afterStep.add(task.bits())))
                            .build();
            assertThatThrownBy(trainer::fit)
                    .isInstanceOf(TrainingDivergedException.class)
                    .hasMessageContaining("step 2 of 2, the last that was taken");
            assertThat(task.bits()).containsExactly(afterStep.get(0));
        }
    }

    @Test
    void dataThatFailKeepTheBestValidation() {
        BatchSource<PointBatch> failing = failingInBatch(6);
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            int[] calls = {0};
            TrainingTask<PointBatch> worse = // with each validation
                    new DelegatingTask(task) {
                        @Override
                        public Evaluation evaluate(NDManager scope, PointBatch batch) {
                            Evaluation real = super.evaluate(scope, batch);
                            return new Evaluation(++calls[0], 1, real.predictions());
                        }
                    };
            LoraTrainer<PointBatch> trainer =
                    LoraTrainer.builder(worse)
                            .setDataset(failing)
                            .optValidation(DATA.withSizes(60))
                            .optEpochs(1)
                            .optConfig(c -> c.optLearningRate(0.1).optEvaluateEverySteps(1))
                            .addListener(LoraTrainerTest.onStep(step -> afterStep.add(task.bits())))
                            .build();
            assertThatThrownBy(trainer::fit).hasMessage("expected in this test");
            LoraTrainingResult result = trainer.result().orElseThrow();
            assertThat(result.stopReason()).isEqualTo(StopReason.FAILED);
            assertThat(result.steps()).isEqualTo(5);
            assertThat(result.restoredStep()).isEqualTo(1);
            assertThat(task.bits()).containsExactly(afterStep.get(0));
        }
    }

    private static BatchSource<PointBatch> failingInBatch(int number) {
        return new BatchSource<>() {
            @Override
            public Class<PointBatch> batchType() {
                return PointBatch.class;
            }

            @Override
            public Iterable<PointBatch> epoch(int epoch) {
                Iterator<PointBatch> batches = DATA.epoch(epoch).iterator();
                int[] given = {0};
                return () ->
                        new Iterator<>() {
                            @Override
                            public boolean hasNext() {
                                return batches.hasNext();
                            }

                            @Override
                            public PointBatch next() {
                                if (++given[0] == number) {
                                    throw new IllegalArgumentException("expected in this test");
                                }
                                return batches.next();
                            }
                        };
            }

            @Override
            public int batchesPerEpoch(int epoch) {
                return DATA.batchesPerEpoch(epoch);
            }
        };
    }

    @Test
    void aValidationThatGaveNoNumberIsNotTheBest() {
        int[] validations = {0};
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            TrainingTask<PointBatch> blind =
                    new DelegatingTask(task) {
                        @Override
                        public Evaluation evaluate(NDManager scope, PointBatch batch) {
                            Evaluation real = super.evaluate(scope, batch);
                            // the first is the trial before the training
                            return ++validations[0] <= 2
                                    ? new Evaluation(Double.NaN, real.count(), real.predictions())
                                    : real;
                        }
                    };
            LoraTrainingResult result =
                    LoraTrainer.builder(blind)
                            .setDataset(DATA)
                            .optValidation(DATA.withSizes(60))
                            .optSteps(3)
                            .optConfig(c -> c.optEvaluateEverySteps(1))
                            .build()
                            .fit();
            assertThat(result.validations().get(0).best()).isFalse();
            assertThat(result.validations().get(1).best()).isTrue();
        }
    }

    @Test
    void theCurveOfAnInterruptedTrainingIsWhole() throws IOException {
        Path file = directory.resolve("loss.csv");
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainer.builder(task)
                    .setDataset(DATA)
                    .optSteps(9)
                    .addListener(
                            LoraTrainerTest.onStep(
                                    step -> {
                                        if (step.step() == 3) {
                                            Thread.currentThread().interrupt();
                                        }
                                    }))
                    .addListener(CsvListener.open(file))
                    .build()
                    .fit();
        }
        assertThat(Thread.interrupted()).isTrue();
        assertThat(Files.readAllLines(file)).hasSize(1 + 3);
    }
}
