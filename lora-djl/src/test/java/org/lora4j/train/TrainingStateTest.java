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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.torch.Torch;
import org.lora4j.train.optimizer.AdamW;
import org.lora4j.train.optimizer.LoraPlus;
import org.lora4j.train.optimizer.Optimizer;
import org.lora4j.train.optimizer.OptimizerSettings;

final class TrainingStateTest {
    /** Nine batches a pass. */
    private static final Points DATA = Points.random(60, 4, 1, 7);

    private static final Points VALIDATION = Points.random(24, 4, 2, 24);
    private static final int STEPS = 14;

    static Stream<UnaryOperator<LoraTrainingConfig.Builder>> configurations() {
        return Stream.of(
                c -> c.optEvaluateEverySteps(3),
                c -> c.optAccumulation(4).optClipNorm(0.5),
                c -> c.optOptimizer(OptimizerKind.SGD).optRestoreBest(false),
                c -> c.optOptimizer(TrainingStateTest::plus),
                c -> c.optOptimizer(HeavyBall::new).optEvaluateEverySteps(2).optPatience(3),
                c -> c.optLearningRate(0.3).optEvaluateEverySteps(1).optPatience(2));
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void aRestoredTrainingContinuesWithTheSameBitsFromAnyStep(
            UnaryOperator<LoraTrainingConfig.Builder> change) {
        try (NDManager owner = NDManager.newBaseManager()) {
            List<TrainingState.Snapshot> snapshots = new ArrayList<>();
            Run whole = run(change, 3, snapshotsInto(snapshots, owner));
            assertThat(snapshots).hasSize(whole.result.steps());
            for (int step = 1; step <= snapshots.size(); step++) {
                TrainingState.Snapshot from = snapshots.get(step - 1);
                Run resumed = run(change, 999 + step, restoring(from)); // of other weights
                assertThat(resumed.bits).as("from step %d", step).containsExactly(whole.bits);
                assertThat(resumed.result.lossByStep()).isEqualTo(whole.result.lossByStep());
                assertThat(resumed.result.lossByEpoch()).isEqualTo(whole.result.lossByEpoch());
                assertThat(resumed.result.validations()).isEqualTo(whole.result.validations());
                assertThat(resumed.result.restoredStep()).isEqualTo(whole.result.restoredStep());
                assertThat(resumed.result.stopReason()).isEqualTo(whole.result.stopReason());
                assertThat(resumed.result.examples()).isEqualTo(whole.result.examples());
                assertThat(resumed.steps).isEqualTo(whole.steps.subList(step, whole.steps.size()));
            }
        }
    }

    @Test
    void aValidationThatWasCutOffIsDoneFirstAfterRestoring() {
        try (NDManager owner = NDManager.newBaseManager()) {
            List<TrainingState.Snapshot> snapshots = new ArrayList<>();
            UnaryOperator<LoraTrainingConfig.Builder> change = c -> c.optEvaluateEverySteps(4);
            Run whole = run(change, 3, new TrainingState.Hook() {});
            List<LoraTrainer<PointBatch>> trainers = new ArrayList<>();
            try (MlpTask task = new MlpTask(4, 8, 3, 0.3, 3)) {
                trainers.add(
                        trainer(task, change)
                                .optHook(snapshotsInto(snapshots, owner))
                                .addListener(
                                        LoraTrainerTest.onStep(
                                                step -> {
                                                    if (step.step() == 8) {
                                                        trainers.get(0).cancel();
                                                    }
                                                }))
                                .build());
                assertThat(trainers.get(0).fit().validations()).hasSize(1);
            }
            Run resumed = run(change, 4, restoring(snapshots.get(7)));
            assertThat(resumed.bits).containsExactly(whole.bits);
            assertThat(resumed.result.validations()).isEqualTo(whole.result.validations());
        }
    }

    @Test
    void withoutTheOptimisersStateOrTheTensorsTheBitsDiffer() {
        try (NDManager owner = NDManager.newBaseManager()) {
            List<TrainingState.Snapshot> snapshots = new ArrayList<>();
            Run whole = run(c -> c, 3, snapshotsInto(snapshots, owner));
            for (String part : List.of("model/second.bias", "optimizer/means/first.weight")) {
                TrainingState.Snapshot from = snapshots.get(5);
                Map<String, NDArray> tensors = new LinkedHashMap<>(from.tensors());
                tensors.computeIfPresent(part, (name, array) -> array.zerosLike());
                Run resumed =
                        run(
                                c -> c,
                                3,
                                restoring(new TrainingState.Snapshot(from.progress(), tensors)));
                assertThat(resumed.bits).isNotEqualTo(whole.bits);
            }
        }
    }

    @Test
    void aSnapshotOfAnotherTrainingIsRefusedNamingEveryTensor() {
        try (NDManager owner = NDManager.newBaseManager();
                MlpTask other = new MlpTask(4, 9, 3, 0, 3)) {
            List<TrainingState.Snapshot> snapshots = new ArrayList<>();
            run(c -> c.optOptimizer(HeavyBall::new), 3, snapshotsInto(snapshots, owner));
            LoraTrainer<PointBatch> trainer =
                    trainer(other, c -> c.optOptimizer(OptimizerKind.SGD))
                            .optHook(restoring(snapshots.get(0)))
                            .build();
            int[] before = other.bits();
            assertThatThrownBy(trainer::fit)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("model/first.bias is float32 (8); expected float32 (9)")
                    .hasMessageContaining("optimizer/velocity/second.bias is unknown");
            assertThat(other.bits()).containsExactly(before);
            assertThat(trainer.result()).isEmpty();
        }
    }

    private record Run(LoraTrainingResult result, int[] bits, List<String> steps) {}

    private static Run run(
            UnaryOperator<LoraTrainingConfig.Builder> change, long seed, TrainingState.Hook hook) {
        List<String> steps = new ArrayList<>();
        try (MlpTask task = new MlpTask(4, 8, 3, 0.3, seed)) {
            LoraTrainingResult result =
                    trainer(task, change)
                            .optHook(hook)
                            .addListener(LoraTrainerTest.recording(steps))
                            .build()
                            .fit();
            return new Run(result, task.bits(), steps);
        }
    }

    private static LoraTrainer.Builder<PointBatch> trainer(
            MlpTask task, UnaryOperator<LoraTrainingConfig.Builder> change) {
        return LoraTrainer.builder(task)
                .setDataset(DATA)
                .optValidation(VALIDATION)
                .optConfig(c -> change.apply(c.optSteps(STEPS).optLearningRate(0.05).optSeed(11)));
    }

    private static TrainingState.Hook snapshotsInto(
            List<TrainingState.Snapshot> snapshots, NDManager owner) {
        return new TrainingState.Hook() {
            @Override
            public void onStep(TrainingState state) {
                snapshots.add(state.snapshot(owner));
            }
        };
    }

    private static TrainingState.Hook restoring(TrainingState.Snapshot snapshot) {
        return new TrainingState.Hook() {
            @Override
            public void onBegin(TrainingState state) {
                state.restore(snapshot);
            }
        };
    }

    /** LoRA+, with the last layer's matrix for a B. */
    private static Optimizer plus(
            OptimizerSettings settings, Map<String, NDArray> tensors, NDManager manager) {
        String last =
                tensors.keySet().stream()
                        .filter(path -> path.endsWith("weight"))
                        .reduce((first, second) -> second)
                        .orElseThrow();
        Map<String, NDArray> renamed = new LinkedHashMap<>();
        tensors.forEach((path, t) -> renamed.put(path.equals(last) ? "head.lora_B" : path, t));
        return new LoraPlus(OptimizerKind.ADAMW, 5).create(settings, renamed, manager);
    }

    /** An optimiser of the user's own: AdamW for biases, momentum for the rest. */
    private static final class HeavyBall implements Optimizer {
        private final Map<String, NDArray> momentum = new LinkedHashMap<>();
        private final Map<String, NDArray> velocities = new LinkedHashMap<>();
        private final List<NDArray> tensors;
        private final List<String> paths;
        private final AdamW biases;

        HeavyBall(OptimizerSettings settings, Map<String, NDArray> tensors, NDManager manager) {
            this.tensors = List.copyOf(tensors.values());
            paths = List.copyOf(tensors.keySet());
            Map<String, NDArray> rest = new LinkedHashMap<>();
            tensors.forEach(
                    (path, tensor) -> {
                        if (path.endsWith("bias")) {
                            rest.put(path, tensor);
                        }
                        velocities.put(path, manager.zeros(tensor.getShape()));
                        momentum.put("velocity/" + path, velocities.get(path));
                    });
            biases = new AdamW(settings, rest, manager);
            momentum.putAll(biases.state());
        }

        @Override
        public void update(NDList gradients, int step, double rate) {
            NDList rest = new NDList();
            for (int i = 0; i < paths.size(); i++) {
                NDArray gradient = gradients.get(i);
                if (paths.get(i).endsWith("bias")) {
                    rest.add(gradient);
                    continue;
                }
                NDArray velocity = velocities.get(paths.get(i));
                try (NDArray next = velocity.mul(0.9f).add(gradient);
                        NDArray moved = tensors.get(i).duplicate().sub(next.mul((float) rate))) {
                    Torch.copyInto(velocity, next);
                    Torch.copyInto(tensors.get(i), moved);
                }
            }
            biases.update(rest, step, rate);
        }

        @Override
        public Map<String, NDArray> state() {
            return momentum;
        }
    }
}
