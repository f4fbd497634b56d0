/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.gradient.GradientSums;
import org.lora4j.train.penalty.Penalty;
import org.lora4j.train.tensors.TrainedTensors;

/**
 * The mean loss of a group of batches and its gradients.
 *
 * <p>Each batch's loss sum is divided by the number of loss terms of the whole group before it is
 * differentiated, and the gradients are added: k batches of n/k examples give what one of n gives,
 * whatever their sizes.
 */
final class GradientStep<B extends TrainingBatch> {
    private final TrainingTask<B> task;
    private final BackwardPass<B> pass;
    private final TrainedTensors tensors;
    private final LoraTrainingConfig config;
    private final NDManager manager;
    private final Penalty penalty;

    GradientStep(
            TrainingTask<B> task,
            TrainedTensors tensors,
            LoraTrainingConfig config,
            NDManager manager) {
        this.task = task;
        this.pass = new BackwardPass<>(task, tensors, config.seed(), config.recomputation());
        this.tensors = tensors;
        this.config = config;
        this.manager = manager;
        this.penalty = task.penalty();
    }

    /**
     * The loss and gradient norm of a step.
     *
     * @param loss the mean over the group's loss terms, and the penalty
     * @param gradientNorm the norm of all gradients before clipping
     * @param suspects the examples of the batches that made either NaN or infinite
     */
    record Outcome(double loss, double gradientNorm, List<Integer> suspects) {
        Outcome plus(double penalty) {
            return new Outcome(loss + penalty, gradientNorm, suspects);
        }

        boolean isFinite() {
            return Double.isFinite(loss) && Double.isFinite(gradientNorm);
        }
    }

    /** Uses finite gradients, which are closed afterwards. */
    interface Update {
        void apply(NDList gradients);
    }

    /**
     * Computes the gradients, and updates unless the loss or they are NaN or infinite.
     *
     * @param group the batches of one optimiser step
     * @param step from 0
     */
    Outcome run(List<B> group, int step, Update update) {
        long terms = group.stream().mapToLong(task::count).sum();
        if (terms < 1) {
            throw new IllegalStateException(
                    ("step %d has no loss terms: every label of the examples %s is masked; leave"
                                    + " such examples out of the data")
                            .formatted(step + 1, examples(group)));
        }
        try (NDManager scope = manager.newSubManager()) {
            NDList losses = new NDList();
            GradientSums sums = new GradientSums(tensors.arrays(), scope);
            for (B batch : group) {
                if (task.count(batch) > 0) {
                    losses.add(add(scope, batch, step, terms, sums));
                }
            }
            NDList gradients = sums.complete();
            double extra = penalty.add(tensors.arrays(), gradients);
            Outcome outcome = measure(losses, gradients).plus(extra);
            if (!outcome.isFinite()) {
                return new Outcome(outcome.loss, outcome.gradientNorm, suspects(group, losses));
            }
            update.apply(gradients);
            return outcome;
        }
    }

    private NDArray add(NDManager scope, B batch, int step, long terms, GradientSums sums) {
        NDArray loss = null;
        for (B part : task.parts(batch)) {
            NDArray own = pass.add(scope, part, step, terms, sums);
            loss = loss == null ? own : loss; // the first part has the terms
        }
        return Objects.requireNonNull(loss);
    }

    /**
     * Clips the gradients, and reads loss and norm from the device together: a step waits for the
     * device once.
     */
    private Outcome measure(NDList losses, NDList gradients) {
        try (GradMode off = GradMode.off()) {
            NDArray norm =
                    config.clipNorm() > 0
                            ? Autograd.clip(gradients, config.clipNorm())
                            : Autograd.norm(gradients);
            NDArray loss = losses.head();
            for (NDArray more : losses.subNDList(1)) {
                loss = loss.add(more);
            }
            NDArray wide = loss.reshape(1).toType(DataType.FLOAT64, false);
            NDArray wideNorm = norm.reshape(1).toType(DataType.FLOAT64, false);
            double[] read = NDArrays.concat(new NDList(wide, wideNorm)).toDoubleArray();
            return new Outcome(read[0], read[1], List.of());
        }
    }

    private List<Integer> suspects(List<B> group, NDList losses) {
        List<B> counted = group.stream().filter(batch -> task.count(batch) > 0).toList();
        List<B> found = new ArrayList<>();
        for (int i = 0; i < counted.size(); i++) {
            try (NDArray loss = losses.get(i).toType(DataType.FLOAT64, true)) {
                if (!Double.isFinite(loss.toDoubleArray()[0])) {
                    found.add(counted.get(i));
                }
            }
        }
        return examples(found.isEmpty() ? counted : found);
    }

    private static List<Integer> examples(List<? extends TrainingBatch> group) {
        List<Integer> examples = new ArrayList<>();
        for (TrainingBatch batch : group) {
            for (int example : batch.examples()) {
                examples.add(example);
            }
        }
        return examples;
    }
}
