/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.lora4j.train.metric.EvaluationMetrics;
import org.lora4j.train.metric.Metric;

final class LoraTrainerTest {
    private static final Points DATA = Points.random(60, 4, 1, 7);

    @Test
    void trainingLearnsAndTellsWhatItDid() {
        Points validation = Points.random(50, 4, 2, 16);
        try (MlpTask task = new MlpTask(4, 16, 3, 0, 3)) {
            LoraTrainingResult result =
                    LoraTrainer.builder(task)
                            .setDataset(DATA)
                            .optValidation(validation)
                            .optConfig(c -> c.optEpochs(20).optLearningRate(0.02))
                            .build()
                            .fit();
            assertThat(result.steps()).isEqualTo(180);
            assertThat(result.examples()).isEqualTo(1200);
            assertThat(result.tokens()).isEqualTo(2400);
            assertThat(result.stopReason()).isEqualTo(StopReason.COMPLETED);
            assertThat(result.lossByStep()).hasSize(180);
            assertThat(result.lossByEpoch()).hasSize(20);
            assertThat(result.lossByEpoch().get(19)).isLessThan(result.lossByEpoch().get(0) / 2);
            assertThat(result.validations()).hasSize(20);
            assertThat(result.trainSeconds()).isPositive();
            assertThat(result.examplesPerSecond())
                    .isEqualTo(1200 / result.trainSeconds(), within(1e-9));
            EvaluationMetrics last = result.finalValidation().orElseThrow().metrics();
            assertThat(last.count()).isEqualTo(50);
            assertThat(last.value(Metric.ACCURACY).orElseThrow()).isGreaterThan(0.8);
            assertThat(last.value(Metric.MSE)).isEmpty();
        }
    }

    @Test
    void accumulationGivesWhatOneLargeBatchGivesWhateverTheCounts() {
        Points masked = Points.random(32, 4, 5, 32);
        for (int i = 0; i < 32; i += 3) {
            masked.y()[i] = -100;
        }
        for (double dropout : new double[] {0, 0.3}) {
            Map<String, float[]> whole = train(masked, dropout, 1, 6);
            Map<String, float[]> quarters = train(masked.withSizes(8), dropout, 4, 6);
            Map<String, float[]> uneven = train(masked.withSizes(1, 13, 2, 16), dropout, 4, 6);
            whole.forEach(
                    (path, expected) -> {
                        assertThat(quarters.get(path)).containsExactly(expected, within(1e-6f));
                        assertThat(uneven.get(path)).containsExactly(expected, within(1e-6f));
                    });
            assertThat(train(masked.withSizes(8), dropout, 1, 6).values())
                    .usingElementComparator(Arrays::compare)
                    .doesNotContainAnyElementsOf(whole.values());
        }
    }

    private static Map<String, float[]> train(Points data, double dropout, int k, int steps) {
        try (MlpTask task = new MlpTask(4, 8, 3, dropout, 3)) {
            LoraTrainer.builder(task)
                    .setDataset(data)
                    .optConfig(
                            c ->
                                    c.optSteps(steps)
                                            .optAccumulation(k)
                                            .optOptimizer(OptimizerKind.SGD)
                                            .optLearningRate(0.3)
                                            .optClipNorm(0.4))
                    .build()
                    .fit();
            return task.values();
        }
    }

    @Test
    void listenersLearnWhatWasChosenAndWhy() {
        assertThat(settings(c -> c))
                .containsExactly(
                        "learning rate 0.00100 (the default)", "clip norm 1.0 (the default)");
        assertThat(settings(c -> c.optLearningRate(0.25).optClipNorm(0)))
                .containsExactly("learning rate 0.250 (as set)", "clip norm off (as set)");
    }

    private static List<String> settings(UnaryOperator<LoraTrainingConfig.Builder> change) {
        List<String> told = new ArrayList<>();
        List<Double> rates = new ArrayList<>();
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainer.builder(task)
                    .setDataset(DATA)
                    .optConfig(
                            c ->
                                    change.apply(
                                            c.optSteps(1)
                                                    .optSchedule(
                                                            LearningRateSchedule.constant(
                                                                    WarmUp.none()))))
                    .addListener(
                            new TrainingListener() {
                                @Override
                                public void onStart(TrainingStart start) {
                                    start.settings().forEach(s -> told.add(s.toString()));
                                    rates.add(start.config().learningRate().orElseThrow());
                                }

                                @Override
                                public void onStep(StepInfo step) {
                                    rates.add(step.learningRate());
                                }
                            })
                    .build()
                    .fit();
        }
        assertThat(rates).hasSize(2).allMatch(rates.get(0)::equals);
        return told;
    }

    @Test
    void accumulationBeyondTheEpochTakesAllOfIt() {
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainingResult result =
                    LoraTrainer.builder(task)
                            .setDataset(DATA)
                            .optConfig(c -> c.optEpochs(2).optAccumulation(Integer.MAX_VALUE))
                            .build()
                            .fit();
            assertThat(result.steps()).isEqualTo(2);
        }
    }

    @Test
    void groupsOfBatchesEndWithTheEpoch() {
        List<StepInfo> steps = new ArrayList<>();
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainer.builder(task)
                    .setDataset(DATA)
                    .optConfig(c -> c.optEpochs(2).optAccumulation(4))
                    .addListener(onStep(steps::add))
                    .build()
                    .fit();
        }
        assertThat(steps).extracting(StepInfo::examples).containsExactly(28, 28, 4, 28, 28, 4);
        assertThat(steps).extracting(StepInfo::epoch).containsExactly(1, 1, 1, 2, 2, 2);
        assertThat(steps).extracting(StepInfo::totalSteps).containsOnly(6);
        assertThat(steps.get(5).secondsLeft()).isZero();
    }

    @Test
    void theSameSeedRepeatsTheBitsAndAnotherSeedDoesNot() {
        int[] first = bits(0.2, 11);
        assertThat(bits(0.2, 11)).containsExactly(first);
        assertThat(bits(0.2, 12)).isNotEqualTo(first);
    }

    private static int[] bits(double dropout, long seed) {
        try (MlpTask task = new MlpTask(4, 8, 3, dropout, 3)) {
            LoraTrainer.builder(task)
                    .setDataset(DATA)
                    .optConfig(c -> c.optSteps(15).optSeed(seed))
                    .build()
                    .fit();
            return task.bits();
        }
    }

    @Test
    void aNaNLossStopsBeforeAnythingIsWrittenAndNamesStepAndExamples() {
        Points broken = Points.random(30, 4, 9, 5);
        broken.x()[4 * 17 + 2] = Float.NaN;
        List<Throwable> failures = new ArrayList<>();
        List<int[]> before = new ArrayList<>();
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainer<PointBatch> trainer =
                    LoraTrainer.builder(task)
                            .setDataset(broken)
                            .optConfig(c -> c.optEpochs(1).optAccumulation(2).optClipNorm(1))
                            .addListener(onStep(step -> before.add(task.bits())))
                            .addListener(
                                    new TrainingListener() {
                                        @Override
                                        public void onFailure(Throwable failure) {
                                            failures.add(failure);
                                        }
                                    })
                            .build();
            assertThatThrownBy(trainer::fit)
                    .isInstanceOfSatisfying(
                            TrainingDivergedException.class,
                            e -> {
                                assertThat(e.step()).isEqualTo(2);
                                assertThat(e.examples()).containsExactly(15, 16, 17, 18, 19);
                                assertThat(failures).containsExactly(e);
                            })
                    .hasMessageContaining("step 2 of 3")
                    .hasMessageContaining("[15, 16, 17, 18, 19]");
            assertThat(task.bits()).containsExactly(before.get(0));
        }
    }

    @Test
    void anInfiniteGradientOfAFiniteLossStopsAsWell() {
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            TrainingTask<PointBatch> steep =
                    new DelegatingTask(task) {
                        @Override
                        public LossSum head(NDManager scope, NDList hidden, PointBatch batch) {
                            // √0 is 0 with an infinite slope
                            return new LossSum(
                                    super.head(scope, hidden, batch)
                                            .sum()
                                            .mul(scope.create(0f))
                                            .sqrt(),
                                    batch.count());
                        }
                    };
            int[] before = task.bits();
            assertThatThrownBy(LoraTrainer.builder(steep).setDataset(DATA).optSteps(3).build()::fit)
                    .isInstanceOf(TrainingDivergedException.class)
                    .hasMessageContaining("loss 0.0, gradient norm NaN");
            assertThat(task.bits()).containsExactly(before);
        }
    }

    @Test
    void theBestValidationIsRestoredAndPatienceEndsTheTraining() {
        Points noise = Points.random(24, 4, 2, 24);
        for (int i = 0; i < noise.y().length; i++) {
            noise.y()[i] = (i * 7L + i / 3) % 3;
        }
        List<int[]> afterStep = new ArrayList<>();
        try (MlpTask task = new MlpTask(4, 16, 3, 0, 3)) {
            LoraTrainingResult result =
                    LoraTrainer.builder(task)
                            .setDataset(DATA)
                            .optValidation(noise)
                            .optConfig(
                                    c ->
                                            c.optSteps(400)
                                                    .optLearningRate(0.05)
                                                    .optEvaluateEverySteps(2)
                                                    .optPatience(3))
                            .addListener(onStep(step -> afterStep.add(task.bits())))
                            .build()
                            .fit();
            assertThat(result.stopReason()).isEqualTo(StopReason.EARLY_STOPPED);
            assertThat(result.steps()).isLessThan(400);
            assertThat(result.restoredStep()).isEqualTo(result.steps() - 6);
            assertThat(task.bits()).containsExactly(afterStep.get(result.restoredStep() - 1));
            ValidationInfo best = result.finalValidation().orElseThrow();
            assertThat(best.best()).isTrue();
            assertThat(result.validations())
                    .allSatisfy(
                            v ->
                                    assertThat(v.metrics().loss())
                                            .isGreaterThanOrEqualTo(best.metrics().loss()));
        }
    }

    @Test
    void withoutRestoringTheLastStepStands() {
        Points validation = Points.random(24, 4, 2, 24);
        List<int[]> afterStep = new ArrayList<>();
        try (MlpTask task = new MlpTask(4, 16, 3, 0, 3)) {
            LoraTrainingResult result =
                    LoraTrainer.builder(task)
                            .setDataset(DATA)
                            .optValidation(validation)
                            .optConfig(
                                    c ->
                                            c.optSteps(30)
                                                    .optLearningRate(0.5)
                                                    .optEvaluateEverySteps(1)
                                                    .optBestMetric(Metric.F1_MACRO)
                                                    .optRestoreBest(false))
                            .addListener(onStep(step -> afterStep.add(task.bits())))
                            .build()
                            .fit();
            assertThat(result.restoredStep()).isEqualTo(30);
            assertThat(task.bits()).containsExactly(afterStep.get(29));
        }
    }

    /** DJL leaves arrays made from Java data in Java's memory, which closing gives up. */
    @Test
    void inputsAndLabelsLastUntilTheGradientsAreComputed() {
        int[] quiet;
        int[] swept;
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            LoraTrainer.builder(task).setDataset(DATA).optSteps(5).build().fit();
            quiet = task.bits();
        }
        List<ByteBuffer> others = new ArrayList<>();
        try (MlpTask task = new MlpTask(4, 8, 3, 0, 3)) {
            TrainingTask<PointBatch> sweeping =
                    new DelegatingTask(task) {
                        @Override
                        public LossSum head(NDManager scope, NDList hidden, PointBatch batch) {
                            LossSum loss = super.head(scope, hidden, batch);
                            System.gc();
                            sleep();
                            others.addAll(overwriteFreed(batch.x().length * 4));
                            return loss;
                        }
                    };
            LoraTrainer.builder(sweeping).setDataset(DATA).optSteps(5).build().fit();
            swept = task.bits();
        }
        assertThat(others).isNotEmpty();
        assertThat(swept).containsExactly(quiet);
    }

    private static void sleep() {
        try {
            Thread.sleep(30);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<ByteBuffer> overwriteFreed(int bytes) {
        List<ByteBuffer> taken = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(bytes);
            while (buffer.hasRemaining()) {
                buffer.put((byte) 0x7f);
            }
            taken.add(buffer);
        }
        return taken;
    }

    @Test
    void validatingDoesNotChangeTheTraining() {
        try (MlpTask task = new MlpTask(4, 8, 3, 0.2, 3)) {
            LoraTrainer.builder(task)
                    .setDataset(DATA)
                    .optValidation(DATA)
                    .optConfig(
                            c ->
                                    c.optSteps(15)
                                            .optSeed(11)
                                            .optEvaluateEverySteps(4)
                                            .optRestoreBest(false))
                    .build()
                    .fit();
            assertThat(task.bits()).containsExactly(bits(0.2, 11));
        }
    }

    /** Writes down what each step was, to the bit. */
    static TrainingListener recording(List<String> steps) {
        return onStep(
                s ->
                        steps.add(
                                "%d %d %s %s %s %d"
                                        .formatted(
                                                s.step(),
                                                s.epoch(),
                                                s.loss(),
                                                s.learningRate(),
                                                s.gradientNorm(),
                                                s.examples())));
    }

    static TrainingListener onStep(Consumer<StepInfo> action) {
        return new TrainingListener() {
            @Override
            public void onStep(StepInfo step) {
                action.accept(step);
            }
        };
    }
}
