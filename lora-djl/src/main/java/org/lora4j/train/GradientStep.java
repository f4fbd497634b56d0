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
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;
import org.lora4j.train.tensors.TrainedTensors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The mean loss of a group of batches and its gradients.
 *
 * <p>Each batch's loss sum is divided by the number of loss terms of the whole group before it is
 * differentiated, and the gradients are added: k batches of n/k examples give what one of n gives,
 * whatever their sizes.
 */
final class GradientStep<B extends TrainingBatch> {
    private static final Logger LOGGER = LoggerFactory.getLogger(GradientStep.class);

    private final TrainingTask<B> task;
    private final TrainedTensors tensors;
    private final LoraTrainingConfig config;
    private final NDManager manager;
    private boolean dependenceIsKnown;

    GradientStep(
            TrainingTask<B> task,
            TrainedTensors tensors,
            LoraTrainingConfig config,
            NDManager manager) {
        this.task = task;
        this.tensors = tensors;
        this.config = config;
        this.manager = manager;
    }

    /**
     * The loss and gradient norm of a step.
     *
     * @param loss the mean over the group's loss terms
     * @param gradientNorm the norm of all gradients before clipping
     * @param suspects the examples of the batches that made either NaN or infinite
     */
    record Outcome(double loss, double gradientNorm, List<Integer> suspects) {
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
        long terms = group.stream().mapToLong(TrainingBatch::count).sum();
        if (terms < 1) {
            throw new IllegalStateException(
                    ("step %d has no loss terms: every label of the examples %s is masked; leave"
                                    + " such examples out of the data")
                            .formatted(step + 1, examples(group)));
        }
        try (NDManager scope = manager.newSubManager()) {
            NDList losses = new NDList();
            NDList gradients = new NDList();
            for (B batch : group) {
                if (batch.count() > 0) {
                    add(scope, batch, step, terms, losses, gradients);
                }
            }
            Outcome outcome = measure(losses, gradients);
            if (!outcome.isFinite()) {
                return new Outcome(outcome.loss, outcome.gradientNorm, suspects(group, losses));
            }
            update.apply(gradients);
            return outcome;
        }
    }

    /** Runs one batch, and adds its mean loss and its gradients to the lists. */
    private void add(
            NDManager scope, B batch, int step, long terms, NDList losses, NDList gradients) {
        try (NDManager inner = scope.newSubManager();
                GradMode on = GradMode.on()) {
            // Masks are counted by step and sample: beginning again only reuses their memory.
            task.steps().begin(config.seed(), step);
            NDArray loss = Torch.divide(forward(inner, batch), (double) terms);
            loss.attach(inner);
            NDList found = gradients(loss);
            loss.attach(scope);
            losses.add(loss);
            if (gradients.isEmpty()) {
                found.attach(scope);
                gradients.addAll(found);
            } else {
                found.attach(inner);
                Autograd.addInto(gradients, found);
            }
        }
    }

    private NDArray forward(NDManager scope, B batch) {
        NDList hidden = new NDList();
        for (NDArray array : task.input(scope, batch)) {
            // Closed after the first stage, which Java's memory must not be: see Torch.copy.
            NDArray copy = Torch.copy(array);
            copy.attach(scope);
            hidden.add(copy);
        }
        for (Stage stage : task.stages()) {
            try (NDManager own = scope.newSubManager()) {
                hidden.attach(own);
                NDList next = stage.apply(scope, hidden);
                next.attach(scope);
                hidden = next;
            }
        }
        try (NDManager own = scope.newSubManager()) {
            hidden.attach(own);
            LossSum loss = task.head(scope, hidden, batch);
            loss.sum().attach(scope);
            check(loss, batch);
            return loss.sum();
        }
    }

    private static void check(LossSum loss, TrainingBatch batch) {
        DataType type = loss.sum().getDataType();
        boolean precise = type == DataType.FLOAT32 || type == DataType.FLOAT64;
        if (loss.sum().size() != 1 || !precise || loss.count() != batch.count()) {
            throw new IllegalStateException(
                    ("TrainingTask.head returned a loss of type %s, shape %s, over %d terms;"
                                    + " expected one FLOAT32 or FLOAT64 element over %d terms, as"
                                    + " the batch says")
                            .formatted(type, loss.sum().getShape(), loss.count(), batch.count()));
        }
    }

    /** Computes the gradients; the first time, also checks which tensors the loss depends on. */
    private NDList gradients(NDArray loss) {
        if (dependenceIsKnown) {
            return Autograd.gradients(loss, tensors.arrays());
        }
        try (NDArray one = loss.onesLike()) {
            Autograd.Found found = Autograd.pullbackFound(loss, one, tensors.arrays());
            checkDependence(found.depends());
            dependenceIsKnown = true;
            return found.gradients();
        }
    }

    private void checkDependence(boolean[] depends) {
        List<String> without = new ArrayList<>();
        for (int i = 0; i < depends.length; i++) {
            if (!depends[i]) {
                without.add(tensors.paths().get(i));
            }
        }
        if (without.size() == depends.length) {
            throw new IllegalStateException(
                    ("the loss depends on none of the %d trainable tensors (%s): nothing would be"
                                    + " trained; check that the adapter is active, and that no"
                                    + " operation cuts the graph (NDArray.toType, duplicate,"
                                    + " stopGradient)")
                            .formatted(depends.length, abridged(without)));
        }
        if (!without.isEmpty()) {
            LOGGER.warn(
                    "the loss does not depend on {} of {} trainable tensors: {}",
                    without.size(),
                    depends.length,
                    abridged(without));
        }
    }

    private static String abridged(List<String> paths) {
        int shown = Math.min(5, paths.size());
        String list = String.join(", ", paths.subList(0, shown));
        return shown < paths.size() ? list + " and " + (paths.size() - shown) + " more" : list;
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

    private static <B extends TrainingBatch> List<Integer> suspects(List<B> group, NDList losses) {
        List<B> counted = group.stream().filter(batch -> batch.count() > 0).toList();
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
