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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.StepContext;
import org.lora4j.torch.Torch;
import org.lora4j.train.Evaluation;
import org.lora4j.train.LossSum;
import org.lora4j.train.Stage;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;

/**
 * Several trainings of a task as one: the texts of all run through the layers together, each with
 * its own adapter, and each batch has its own head and loss. The loss is the sum of the trainings'
 * mean losses, whose gradients are those of each alone, since no tensor is of two adapters.
 */
final class JointTask<B extends TrainingBatch> implements TrainingTask<JointBatch<B>> {
    private final TrainingTask<B> task;
    private final BatchJoin<B> join;
    private final ActiveAdapters active;
    private double[] losses = {};

    JointTask(TrainingTask<B> task, BatchJoin<B> join, ActiveAdapters active) {
        this.task = task;
        this.join = join;
        this.active = active;
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
        B joined = join.joined(batch.batches());
        int[] partOf = new int[join.texts(joined)];
        int[] adapterOf = new int[partOf.length];
        int text = 0;
        for (int i = 0; i < batch.parts().size(); i++) {
            JointBatch.Part<B> part = batch.parts().get(i);
            for (int left = join.texts(part.batch()); left > 0; left--) {
                partOf[text] = i;
                adapterOf[text++] = part.adapter();
            }
        }
        NDList input = task.input(scope, joined);
        active.beginBatch(adapterOf);
        BatchJoin.Layout layout = join.layout(joined);
        active.layOut(layout.order(), layout.lengths());
        long[] seeds = new long[partOf.length];
        long[] steps = new long[partOf.length];
        for (int i = 0; i < seeds.length; i++) {
            JointBatch.Part<B> part = batch.parts().get(partOf[layout.order()[i]]);
            seeds[i] = part.seed();
            steps[i] = part.step();
        }
        steps().ownSteps(seeds, steps);
        return input;
    }

    @Override
    public List<Stage> stages() {
        return task.stages();
    }

    @Override
    public LossSum head(NDManager scope, NDList hidden, JointBatch<B> batch) {
        losses = new double[batch.parts().size()];
        List<B> batches = batch.batches();
        NDArray sum = null;
        for (int i = 0; i < losses.length; i++) {
            JointBatch.Part<B> part = batch.parts().get(i);
            steps().begin(part.seed(), part.step());
            NDList own = join.part(scope, hidden, batches, i, steps());
            try (ActiveAdapters.Scope alone = active.use(AdapterSelection.of(part.name()));
                    ActiveAdapters.Scope pass = active.pass()) {
                LossSum found = task.head(scope, own, part.batch());
                if (found.count() != part.batch().count()) {
                    throw new IllegalStateException(
                            "the loss of adapter \"%s\" has %d terms; expected %d, as its batch says"
                                    .formatted(part.name(), found.count(), part.batch().count()));
                }
                NDArray mean = Torch.divide(found.sum(), (double) part.terms());
                losses[i] = mean.toType(DataType.FLOAT64, true).getDouble();
                sum = sum == null ? mean : sum.add(mean);
            }
        }
        return new LossSum(Objects.requireNonNull(sum), 1);
    }

    @Override
    public Evaluation evaluate(NDManager scope, JointBatch<B> batch) {
        throw new UnsupportedOperationException("each adapter is evaluated by itself");
    }

    Evaluation evaluateAlone(NDManager scope, B batch) {
        return task.evaluate(scope, batch);
    }
}
