/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.joint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.StepContext;
import org.lora4j.torch.Torch;
import org.lora4j.train.Evaluation;
import org.lora4j.train.LossSum;
import org.lora4j.train.Stage;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.penalty.Penalty;

/**
 * Several trainings of a task as one: the texts of all run through the layers together, each with
 * its own adapter, and through the head too where the task can share it. The loss is the sum of the
 * trainings' mean losses, whose gradients are those of each alone, since no tensor is of two
 * adapters.
 */
final class JointTask<B extends TrainingBatch> implements TrainingTask<JointBatch<B>> {
    private final TrainingTask<B> task;
    private final BatchJoin<B> join;
    private final ActiveAdapters active;
    private final ToIntFunction<NDArray> adapterOf;
    private double[] losses = {};
    private @Nullable B joined;
    private int[] partOf = {};

    /**
     * Joins trainings.
     *
     * @param adapterOf the place of the adapter that has a trained tensor
     */
    JointTask(
            TrainingTask<B> task,
            BatchJoin<B> join,
            ActiveAdapters active,
            ToIntFunction<NDArray> adapterOf) {
        if (task.penalty() != Penalty.NONE) {
            throw new IllegalStateException(
                    "a loss with a penalty on what is trained, as with KaSA, is not for trainings"
                            + " together; train such an adapter by itself");
        }
        this.task = task;
        this.join = join;
        this.active = active;
        this.adapterOf = adapterOf;
    }

    /** The mean loss of each part of the batch that ran last. */
    double[] losses() {
        return losses;
    }

    @Override
    public Map<String, NDArray> trainable() {
        return task.trainable();
    }

    @Override
    public StepContext steps() {
        return task.steps();
    }

    @Override
    public NDList input(NDManager scope, JointBatch<B> batch) {
        B all = join.joined(batch.batches());
        int[] parts = new int[join.texts(all)];
        int[] adapters = new int[parts.length];
        int text = 0;
        for (int i = 0; i < batch.parts().size(); i++) {
            JointBatch.Part<B> part = batch.parts().get(i);
            for (int left = join.texts(part.batch()); left > 0; left--) {
                parts[text] = i;
                adapters[text++] = part.adapter();
            }
        }
        NDList input = task.input(scope, all);
        active.beginBatch(adapters);
        BatchJoin.Layout layout = join.layout(all);
        active.layOut(layout.order(), layout.lengths());
        beginSteps(batch, Arrays.stream(layout.order()).map(place -> parts[place]).toArray());
        joined = all;
        partOf = parts;
        return input;
    }

    /** Counts the masks of each text or row by the step of its own training. */
    private void beginSteps(JointBatch<B> batch, int[] parts) {
        long[] seeds = new long[parts.length];
        long[] steps = new long[parts.length];
        for (int i = 0; i < parts.length; i++) {
            JointBatch.Part<B> part = batch.parts().get(parts[i]);
            seeds[i] = part.seed();
            steps[i] = part.step();
        }
        steps().ownSteps(seeds, steps);
    }

    @Override
    public List<Stage> stages() {
        return task.stages();
    }

    @Override
    public LossSum head(NDManager scope, NDList hidden, JointBatch<B> batch) {
        losses = new double[batch.parts().size()];
        NDArray sum =
                task instanceof SharedHead<B> shared
                        ? together(shared, scope, hidden, batch)
                        : oneByOne(scope, hidden, batch);
        return new LossSum(sum, 1);
    }

    private NDArray together(
            SharedHead<B> shared, NDManager scope, NDList hidden, JointBatch<B> batch) {
        B all = Objects.requireNonNull(joined);
        List<JointBatch.Part<B>> parts = batch.parts();
        double[] weights = new double[partOf.length];
        Arrays.setAll(weights, text -> 1.0 / parts.get(partOf[text]).terms());
        SharedHead.Weights ofTotal =
                new SharedHead.Weights(weights, array -> 1.0 / termsOf(batch, array));
        BatchJoin.Layout layout = join.layout(all);
        SharedHead.TextLosses found;
        try {
            found = shared.losses(scope, hidden, all, ofTotal, texts -> beginRows(batch, texts));
        } finally {
            active.layOut(layout.order(), layout.lengths()); // layers may run again
        }
        long[] counts = new long[parts.size()];
        for (int text = 0; text < partOf.length; text++) {
            losses[partOf[text]] += found.sums()[text];
            counts[partOf[text]] += found.counts()[text];
        }
        for (int i = 0; i < losses.length; i++) {
            JointBatch.Part<B> part = parts.get(i);
            requireTerms(part, counts[i]);
            losses[i] /= part.terms();
            shared.note(AdapterSelection.of(part.name()), part.batch());
        }
        return found.total();
    }

    /** The loss terms of the adapter that has a tensor. */
    private long termsOf(JointBatch<B> batch, NDArray array) {
        int adapter = adapterOf.applyAsInt(array);
        return batch.parts().stream()
                .filter(part -> part.adapter() == adapter)
                .findFirst()
                .orElseThrow()
                .terms();
    }

    /** Tells whose the rows are that run next, of some of the texts. */
    private void beginRows(JointBatch<B> batch, int[] texts) {
        int[] order = new int[partOf.length];
        Arrays.setAll(order, text -> text);
        long[] lengths = new long[partOf.length];
        for (int text : texts) {
            lengths[text]++;
        }
        active.layOut(order, lengths);
        beginSteps(batch, Arrays.stream(texts).map(text -> partOf[text]).toArray());
    }

    private NDArray oneByOne(NDManager scope, NDList hidden, JointBatch<B> batch) {
        List<B> batches = batch.batches();
        NDArray sum = null;
        for (int i = 0; i < losses.length; i++) {
            JointBatch.Part<B> part = batch.parts().get(i);
            steps().begin(part.seed(), part.step());
            NDList own = join.part(scope, hidden, batches, i, steps());
            try (ActiveAdapters.Scope alone = active.use(AdapterSelection.of(part.name()));
                    ActiveAdapters.Scope pass = active.pass()) {
                LossSum found = task.head(scope, own, part.batch());
                requireTerms(part, found.count());
                NDArray mean = Torch.divide(found.sum(), (double) part.terms());
                losses[i] = mean.toType(DataType.FLOAT64, true).getDouble();
                sum = sum == null ? mean : sum.add(mean);
            }
        }
        return Objects.requireNonNull(sum);
    }

    private void requireTerms(JointBatch.Part<B> part, long count) {
        if (count != task.count(part.batch())) {
            throw new IllegalStateException(
                    "the loss of adapter \"%s\" has %d terms; expected %d, as its batch says"
                            .formatted(part.name(), count, task.count(part.batch())));
        }
    }

    @Override
    public Evaluation evaluate(NDManager scope, JointBatch<B> batch) {
        throw new UnsupportedOperationException("each adapter is evaluated by itself");
    }

    Evaluation evaluateAlone(NDManager scope, B batch) {
        return task.evaluate(scope, batch);
    }
}
