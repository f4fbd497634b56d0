/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.lora4j.torch.Torch;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LearningRateSchedule;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.OptimizerKind;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.WarmUp;

/**
 * The loss of one step over some batches, and its gradients as the trainer forms them: one step of
 * gradient descent with rate 1 moves each tensor by its gradient, which is then put back.
 *
 * @param loss the mean loss
 * @param byPath gradients by path
 */
record StepGradients(double loss, Map<String, float[]> byPath) {
    static StepGradients of(LoraModel model, List<CausalBatch> batches) {
        return of(model.trainingTask(CausalBatch.class), batches);
    }

    static StepGradients of(TrainingTask<CausalBatch> task, List<CausalBatch> batches) {
        return of(task, fixed(batches), batches.size(), c -> c);
    }

    /**
     * The gradients of one step.
     *
     * @param batches what the step is taken on
     * @param count the number of batches
     * @param config what else is set
     */
    static <B extends TrainingBatch> StepGradients of(
            TrainingTask<B> task,
            BatchSource<B> batches,
            int count,
            UnaryOperator<LoraTrainingConfig.Builder> config) {
        Map<String, NDArray> arrays = task.trainable();
        Map<String, float[]> before = new LinkedHashMap<>();
        arrays.forEach((path, array) -> before.put(path, array.toFloatArray()));
        LoraTrainingResult result =
                LoraTrainer.builder(task)
                        .setDataset(batches)
                        .optConfig(
                                c ->
                                        config.apply(
                                                c.optSteps(1)
                                                        .optAccumulation(count)
                                                        .optOptimizer(OptimizerKind.SGD)
                                                        .optClipNorm(0)
                                                        .optLearningRate(1)
                                                        .optWeightDecay(0)
                                                        .optSchedule(
                                                                LearningRateSchedule.constant(
                                                                        WarmUp.none()))))
                        .build()
                        .fit();
        Map<String, float[]> gradients = new LinkedHashMap<>();
        arrays.forEach(
                (path, array) -> {
                    float[] old = before.get(path);
                    float[] moved = array.toFloatArray();
                    float[] gradient = new float[old.length];
                    for (int i = 0; i < old.length; i++) {
                        gradient[i] = old[i] - moved[i];
                    }
                    gradients.put(path.replace(" of default", ""), gradient);
                    try (NDArray copy = array.getManager().create(old, array.getShape())) {
                        Torch.copyInto(array, copy);
                    }
                });
        return new StepGradients(result.lossByStep().get(0), gradients);
    }

    /** The same batches in every epoch. */
    static BatchSource<CausalBatch> fixed(List<CausalBatch> batches) {
        return fixed(CausalBatch.class, batches);
    }

    /** The same batches of a kind in every epoch. */
    static <B extends TrainingBatch> BatchSource<B> fixed(Class<B> type, List<B> batches) {
        return new BatchSource<>() {
            @Override
            public Class<B> batchType() {
                return type;
            }

            @Override
            public Iterable<B> epoch(int epoch) {
                return batches;
            }

            @Override
            public int batchesPerEpoch(int epoch) {
                return batches.size();
            }
        };
    }
}
