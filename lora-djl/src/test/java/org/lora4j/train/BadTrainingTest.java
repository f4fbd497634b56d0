/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lora4j.train.metric.Metric;

final class BadTrainingTest {
    private static final Points DATA = Points.random(20, 4, 1, 7);

    private final MlpTask task = new MlpTask(4, 8, 3, 0, 3);

    @AfterEach
    void close() {
        task.close();
    }

    private void assertRefused(
            TrainingTask<PointBatch> bad, BatchSource<PointBatch> data, String... words) {
        int[] before = task.bits();
        LoraTrainer<PointBatch> trainer =
                LoraTrainer.builder(bad).setDataset(data).optEpochs(2).build();
        assertThatThrownBy(trainer::fit)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(words);
        assertThat(task.bits()).containsExactly(before);
    }

    private DelegatingTask training(Map<String, NDArray> trainable) {
        return new DelegatingTask(task) {
            @Override
            public Map<String, NDArray> trainable() {
                return trainable;
            }
        };
    }

    @Test
    void nothingToTrainIsRefused() {
        assertRefused(training(Map.of()), DATA, "nothing to train");
    }

    @Test
    void tensorsThatCannotBeTrainedAreNamedAllAtOnce() {
        Map<String, NDArray> bad = new LinkedHashMap<>(task.trainable());
        bad.put("half", task.manager.zeros(new Shape(2), DataType.FLOAT16));
        bad.put("frozen", task.manager.zeros(new Shape(2)));
        bad.put("again", task.parameter("first.bias"));
        NDArray nan = task.manager.create(new float[] {1, Float.NaN});
        nan.setRequiresGradient(true);
        bad.put("broken", nan);
        assertRefused(
                training(bad),
                DATA,
                "half is float16; expected float32",
                "frozen does not require gradients",
                "again is a tensor that is listed twice",
                "broken holds NaN");
    }

    @Test
    void aLossThatDependsOnNothingTrainableIsRefused() {
        NDArray other = task.manager.ones(new Shape(3));
        other.setRequiresGradient(true);
        assertRefused(
                training(Map.of("other.lora_A", other)), DATA, "none of the 1", "other.lora_A");
        TrainingTask<PointBatch> cut =
                new DelegatingTask(task) {
                    @Override
                    public LossSum head(NDManager scope, NDList hidden, PointBatch batch) {
                        LossSum loss = super.head(scope, hidden, batch);
                        return new LossSum(loss.sum().duplicate(), loss.count());
                    }
                };
        assertRefused(cut, DATA, "none of the 4 trainable tensors");
    }

    @Test
    void aWrongLossIsRefused() {
        TrainingTask<PointBatch> mean =
                new DelegatingTask(task) {
                    @Override
                    public LossSum head(NDManager scope, NDList hidden, PointBatch batch) {
                        return new LossSum(super.head(scope, hidden, batch).sum(), 1);
                    }
                };
        assertRefused(mean, DATA, "over 1 terms", "over 7 terms");
        TrainingTask<PointBatch> vector =
                new DelegatingTask(task) {
                    @Override
                    public LossSum head(NDManager scope, NDList hidden, PointBatch batch) {
                        return new LossSum(hidden.head(), batch.count());
                    }
                };
        assertRefused(vector, DATA, "shape (7, 8)");
    }

    @Test
    void anInputThatBelongsToSomeoneElseStaysOpen() {
        NDArray own = task.manager.ones(new Shape(7, 4));
        TrainingTask<PointBatch> sharing =
                new DelegatingTask(task) {
                    @Override
                    public NDList input(NDManager scope, PointBatch batch) {
                        return new NDList(own);
                    }
                };
        Points data = Points.random(14, 4, 1, 7);
        LoraTrainer.builder(sharing).setDataset(data).optSteps(3).build().fit();
        assertThat(own.toFloatArray()).containsOnly(1);
        assertThat(own.getManager()).isSameAs(task.manager);
    }

    @Test
    void dataThatBreakTheirPromiseAreRefused() {
        for (int promised : new int[] {0, 2, 4}) {
            BatchSource<PointBatch> lying =
                    new BatchSource<>() {
                        @Override
                        public Class<PointBatch> batchType() {
                            return PointBatch.class;
                        }

                        @Override
                        public Iterable<PointBatch> epoch(int epoch) {
                            return DATA.epoch(epoch);
                        }

                        @Override
                        public int batchesPerEpoch(int epoch) {
                            return promised;
                        }
                    };
            LoraTrainer<PointBatch> trainer =
                    LoraTrainer.builder(task).setDataset(lying).optSteps(10).build();
            assertThatThrownBy(trainer::fit)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("promised " + promised + " batches");
        }
    }

    @Test
    void emptyDataAreRefused() {
        BatchSource<PointBatch> empty =
                new BatchSource<>() {
                    @Override
                    public Class<PointBatch> batchType() {
                        return PointBatch.class;
                    }

                    @Override
                    public Iterable<PointBatch> epoch(int epoch) {
                        return List.of();
                    }

                    @Override
                    public int batchesPerEpoch(int epoch) {
                        return 0;
                    }
                };
        assertThatThrownBy(LoraTrainer.builder(task).setDataset(empty).optEpochs(2).build()::fit)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the training data are empty");
    }

    @Test
    void aStepWithoutLossTermsIsRefused() {
        Points masked = Points.random(4, 4, 1, 2);
        masked.y()[0] = -100;
        masked.y()[1] = -100;
        assertRefused(task, masked, "step 1 has no loss terms", "[0, 1]");
    }

    @Test
    void emptyValidationAndAMetricThatIsNotThereAreRefusedBeforeTraining() {
        Points none = new Points(4, new float[0], new long[0], 1);
        int[] before = task.bits();
        assertThatThrownBy(
                        LoraTrainer.builder(task)
                                        .setDataset(DATA)
                                        .optValidation(none)
                                        .optSteps(2)
                                        .build()
                                ::fit)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("validation data are empty");
        assertThatThrownBy(
                        LoraTrainer.builder(task)
                                        .setDataset(DATA)
                                        .optValidation(DATA)
                                        .optConfig(c -> c.optSteps(2).optBestMetric(Metric.PEARSON))
                                        .build()
                                ::fit)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("pearson");
        assertThat(task.bits()).containsExactly(before);
    }

    @Test
    void valuesOutOfRangeAreNamedAllAtOnce() {
        assertThatThrownBy(
                        () ->
                                LoraTrainingConfig.builder()
                                        .optSteps(-1)
                                        .optAccumulation(0)
                                        .optLearningRate(Double.NaN)
                                        .optWeightDecay(-1)
                                        .optBetas(1, -0.1)
                                        .optEps(Double.POSITIVE_INFINITY)
                                        .optClipNorm(Double.NaN)
                                        .optEvaluateEverySteps(-2)
                                        .optPatience(-3)
                                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(
                        "steps -1",
                        "accumulation 0",
                        "learning rate NaN",
                        "weight decay -1.0",
                        "beta1 1.0",
                        "beta2 -0.1",
                        "eps Infinity",
                        "clip norm NaN",
                        "validations -2",
                        "patience -3");
        assertThatThrownBy(() -> LoraTrainingConfig.builder().build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("neither steps nor epochs");
        assertThatThrownBy(() -> LoraTrainer.builder(task).optSteps(1).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("setDataset");
        assertThatThrownBy(
                        () ->
                                LoraTrainer.builder(task)
                                        .setDataset(DATA)
                                        .optConfig(c -> c.optSteps(1).optPatience(2))
                                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("optValidation");
    }

    @Test
    void aConfigurationSurvivesItsBuilder() {
        LoraTrainingConfig config =
                LoraTrainingConfig.builder()
                        .optEpochs(3)
                        .optAccumulation(2)
                        .optOptimizer(OptimizerKind.SGD)
                        .optLearningRate(0.1)
                        .optWeightDecay(0.2)
                        .optBetas(0.3, 0.4)
                        .optEps(0.5)
                        .optClipNorm(0.6)
                        .optSchedule(LearningRateSchedule.cosine(WarmUp.ofSteps(7)))
                        .optSeed(8)
                        .optEvaluateEverySteps(9)
                        .optBestMetric(Metric.ACCURACY)
                        .optRestoreBest(false)
                        .optPatience(10)
                        .build();
        assertThat(config.toBuilder().build()).isEqualTo(config);
        assertThat(config.toBuilder().optSteps(5).build().epochs()).isZero();
    }
}
