/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lora4j.block.StepContext;
import org.lora4j.torch.Torch;

/**
 * Two parameters whose gradient is one tensor, since they are only added: the loss is |x + p + q|²
 * with x = (1, 2, 3, 4) and p = q = 0, so both gradients are 2x and their joint norm is √240.
 */
final class AliasedGradientsTest {
    @Test
    void aStepOfGradientDescentMovesEachParameterOnce() {
        assertStep(1, 0, -2);
    }

    @Test
    void clippingScalesEachGradientOnce() {
        assertStep(1, Math.sqrt(240) / 10, -0.2);
    }

    @Test
    void theMeanOfEqualBatchesIsThatOfOne() {
        assertStep(2, 0, -2);
        assertStep(4, Math.sqrt(240) / 10, -0.2);
    }

    private static void assertStep(int accumulation, double clip, double factor) {
        try (SumTask task = new SumTask()) {
            LoraTrainer.builder(task)
                    .setDataset(new Points(1, new float[4], new long[4], 1))
                    .optSteps(1)
                    .optConfig(
                            c ->
                                    c.optAccumulation(accumulation)
                                            .optClipNorm(clip)
                                            .optOptimizer(OptimizerKind.SGD)
                                            .optWeightDecay(0)
                                            .optLearningRate(1)
                                            .optSchedule(
                                                    LearningRateSchedule.constant(WarmUp.none())))
                    .build()
                    .fit();
            for (NDArray parameter : task.parameters.values()) {
                float[] step = parameter.toFloatArray();
                for (int i = 0; i < step.length; i++) {
                    assertThat(step[i]).isEqualTo((float) (factor * (i + 1)), within(1e-5f));
                }
            }
        }
    }

    private static final class SumTask implements TrainingTask<PointBatch>, AutoCloseable {
        private final NDManager manager = NDManager.newBaseManager();
        private final StepContext steps = new StepContext(0);
        private final Map<String, NDArray> parameters = new LinkedHashMap<>();

        SumTask() {
            for (String path : List.of("p", "q")) {
                NDArray array = manager.zeros(new Shape(4));
                array.setRequiresGradient(true);
                parameters.put(path, array);
            }
        }

        @Override
        public Map<String, NDArray> trainable() {
            return parameters;
        }

        @Override
        public StepContext steps() {
            return steps;
        }

        @Override
        public NDList input(NDManager scope, PointBatch batch) {
            return new NDList(scope.create(new float[] {1, 2, 3, 4}));
        }

        @Override
        public List<Stage> stages() {
            return List.of((scope, hidden) -> new NDList(sum(hidden.head())));
        }

        private NDArray sum(NDArray x) {
            NDArray y = x;
            for (NDArray parameter : parameters.values()) {
                y = Torch.add(y, parameter);
            }
            return y;
        }

        @Override
        public LossSum head(NDManager scope, NDList hidden, PointBatch batch) {
            NDArray zeros = scope.zeros(new Shape(4));
            return new LossSum(Torch.squaredErrorSum(hidden.head(), zeros), batch.count());
        }

        @Override
        public Evaluation evaluate(NDManager scope, PointBatch batch) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            manager.close();
        }
    }
}
