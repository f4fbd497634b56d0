/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.StepContext;
import org.lora4j.torch.Torch;
import org.lora4j.torch.engine.ProcessMemory;
import org.lora4j.torch.gradient.Forward;
import org.lora4j.torch.gradient.GradientSums;
import org.lora4j.torch.gradient.Segment;
import org.lora4j.torch.gradient.Segments;
import org.lora4j.train.tensors.TrainedTensors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs batches of a task forwards and backwards: the gradients of a step, without its update.
 *
 * <p>Segments run on tapes where their operations can be recorded, by autograd elsewhere; which is
 * which is found with the first batch. Not thread-safe.
 *
 * @param <B> the kind of batch
 */
@SuppressWarnings("exports") // for this module: see JointTraining for a primitive of the API
public final class BackwardPass<B extends TrainingBatch> {
    private static final Logger LOGGER = LoggerFactory.getLogger(BackwardPass.class);

    private final TrainingTask<B> task;
    private final TrainedTensors tensors;
    private final long seed;
    private final Recomputation recomputation;
    private final Segments segments = new Segments();
    private boolean dependenceIsKnown;
    private long allowance = -1;

    /**
     * Begins with nothing known of the task's operations.
     *
     * @param tensors what trains
     * @param seed from which the masks of dropouts are drawn
     * @param recomputation which layers are computed again
     */
    public BackwardPass(
            TrainingTask<B> task, TrainedTensors tensors, long seed, Recomputation recomputation) {
        this.task = task;
        this.tensors = tensors;
        this.seed = seed;
        this.recomputation = recomputation;
    }

    /**
     * Runs one batch, and adds its gradients.
     *
     * @param scope gets the result
     * @param step by which the masks of dropouts are counted, from 0
     * @param terms what the batch's sum of loss terms is divided by
     * @param sums get the gradients of what trains
     * @return the batch's share of the mean loss, a scalar
     * @throws IllegalStateException if the loss depends on nothing that trains, or is not of the
     *     batch's terms
     */
    public NDArray add(NDManager scope, B batch, int step, long terms, GradientSums sums) {
        if (dependenceIsKnown) {
            return run(scope, batch, step, terms, sums);
        }
        GradientSums first = new GradientSums(tensors.arrays(), scope);
        NDArray loss = run(scope, batch, step, terms, first);
        if (segments.hasRecorded() && first.isIncomplete()) {
            // A tape does not see what a layer computes from its weights by other means.
            segments.useTapes(false);
            GradientSums all = new GradientSums(tensors.arrays(), scope);
            loss = run(scope, batch, step, terms, all);
            segments.useTapes(Arrays.equals(first.found(), all.found()));
            first.close();
            first = all;
        }
        checkDependence(first.found());
        dependenceIsKnown = true;
        sums.addAll(first);
        return loss;
    }

    /** Runs one batch forwards and backwards; returns its share of the mean loss. */
    private NDArray run(NDManager scope, B batch, int step, long terms, GradientSums sums) {
        try (NDManager inner = scope.newSubManager()) {
            // Masks are counted by step and sample: beginning again only reuses their memory.
            task.steps().begin(seed, step);
            List<Segment> run = new ArrayList<>();
            Recomputed recomputed = new Recomputed(recomputation, allowance());
            NDList hidden = input(inner, batch);
            boolean[] needed = new boolean[hidden.size()];
            for (Stage stage : task.stages()) {
                Segment next = run(run.size(), inner, stage, hidden, needed, recomputed);
                run.add(next);
                hidden = next.outputs();
                needed = next.needed();
            }
            Segment head;
            try (NDManager own = inner.newSubManager()) {
                hidden.attach(own);
                head =
                        segments.byAutograd(
                                inner,
                                (life, state) -> loss(life, state, batch, terms),
                                hidden,
                                needed);
                head.outputs().attach(inner);
            }
            NDArray loss = head.outputs().singletonOrThrow();
            List<@Nullable NDArray> gradients = new ArrayList<>();
            gradients.add(loss.onesLike());
            gradients = head.pullback(gradients, sums);
            for (int i = run.size() - 1; i >= 0; i--) {
                gradients = run.remove(i).pullback(gradients, sums);
            }
            NDArray value = loss.stopGradient();
            value.attach(scope);
            return value;
        }
    }

    private Segment run(
            int index,
            NDManager scope,
            Stage stage,
            NDList hidden,
            boolean[] needed,
            Recomputed recomputed) {
        try (NDManager own = scope.newSubManager()) {
            hidden.attach(own);
            StepContext.Rows rows = task.steps().rows();
            Forward forward =
                    (life, state) -> {
                        task.steps().rows(rows); // as before it, however often it runs
                        return stage.apply(life, state);
                    };
            Segment segment = segments.run(index, scope, forward, hidden, needed);
            segment.outputs().attach(scope);
            if (!recomputed.includes(segment)) {
                return segment;
            }
            return Segments.recomputed(
                    segment,
                    hidden,
                    scope,
                    inputs -> {
                        try (NDManager again = scope.newSubManager()) {
                            inputs.attach(again);
                            Segment second = segments.run(index, scope, forward, inputs, needed);
                            second.outputs().attach(scope);
                            return second;
                        }
                    });
        }
    }

    /** Returns how many bytes a step may keep within the configuration's budget. */
    private long allowance() {
        long budget = recomputation.budget();
        if (budget > 0 && allowance < 0) {
            // in use already; gradients and optimiser state to come; a tenth for a layer and the
            // loss
            double used = ProcessMemory.residentMegabytes().orElse(0) * 1e6;
            long trained = 0;
            for (NDArray array : tensors.arrays()) {
                trained += array.size() * Float.BYTES;
            }
            allowance = Math.max(0, (long) (0.9 * budget - used - 3.0 * trained));
            if (allowance == 0) {
                LOGGER.warn(
                        "a memory budget of {} MB leaves nothing for layers: the process uses {} MB"
                                + " before the first step; every layer is computed again, and the"
                                + " budget may be exceeded",
                        Math.round(budget / 1e6),
                        Math.round(used / 1e6));
            }
        }
        return allowance;
    }

    /** Chooses the segments of a pass that are computed again. Not thread-safe. */
    private static final class Recomputed {
        private final Recomputation choice;
        private final long allowance;
        private int chosen;
        private long kept;

        Recomputed(Recomputation choice, long allowance) {
            this.choice = choice;
            this.allowance = allowance;
        }

        boolean includes(Segment segment) {
            boolean exceeds = choice.budget() > 0 && kept + segment.keptBytes() > allowance;
            boolean keeps = segment.isNeeded();
            if (keeps && (exceeds || chosen < choice.layers())) {
                chosen++;
                return true;
            }
            kept += segment.keptBytes();
            return false;
        }
    }

    private NDList input(NDManager scope, B batch) {
        NDList input = new NDList();
        for (NDArray array : task.input(scope, batch)) {
            // Closed after the first stage, which Java's memory must not be: see Torch.copy.
            NDArray copy = Torch.copy(array);
            copy.attach(scope);
            input.add(copy);
        }
        return input;
    }

    private NDList loss(NDManager scope, NDList hidden, B batch, long terms) {
        LossSum loss = task.head(scope, hidden, batch);
        check(loss, batch);
        return new NDList(Torch.divide(loss.sum(), (double) terms));
    }

    private void check(LossSum loss, B batch) {
        DataType type = loss.sum().getDataType();
        boolean precise = type == DataType.FLOAT32 || type == DataType.FLOAT64;
        if (loss.sum().size() != 1 || !precise || loss.count() != task.count(batch)) {
            throw new IllegalStateException(
                    ("TrainingTask.head returned a loss of type %s, shape %s, over %d terms;"
                                    + " expected one FLOAT32 or FLOAT64 element over %d terms, as"
                                    + " the batch says")
                            .formatted(
                                    type, loss.sum().getShape(), loss.count(), task.count(batch)));
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
}
