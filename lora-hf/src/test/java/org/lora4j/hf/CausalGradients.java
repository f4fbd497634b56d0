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
import org.lora4j.torch.Torch;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LearningRateSchedule;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.OptimizerKind;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.WarmUp;

/**
 * The loss of one step over some batches, and its gradients as the trainer forms them: one step of
 * gradient descent with rate 1 moves each tensor by its gradient, which is then put back.
 *
 * @param loss the mean loss
 * @param byPath gradients by path
 */
record CausalGradients(double loss, Map<String, float[]> byPath) {
    static CausalGradients of(LoraModel model, List<CausalBatch> batches) {
        return of(model.trainingTask(CausalBatch.class), batches);
    }

    static CausalGradients of(TrainingTask<CausalBatch> task, List<CausalBatch> batches) {
        Map<String, NDArray> arrays = task.trainable();
        Map<String, float[]> before = new LinkedHashMap<>();
        arrays.forEach((path, array) -> before.put(path, array.toFloatArray()));
        LoraTrainingResult result =
                LoraTrainer.builder(task)
                        .setDataset(fixed(batches))
                        .optConfig(
                                c ->
                                        c.optSteps(1)
                                                .optAccumulation(batches.size())
                                                .optOptimizer(OptimizerKind.SGD)
                                                .optClipNorm(0)
                                                .optLearningRate(1)
                                                .optWeightDecay(0)
                                                .optClipNorm(0)
                                                .optSchedule(
                                                        LearningRateSchedule.constant(
                                                                WarmUp.none())))
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
        return new CausalGradients(result.lossByStep().get(0), gradients);
    }

    /** The same batches in every epoch. */
    static BatchSource<CausalBatch> fixed(List<CausalBatch> batches) {
        return new BatchSource<>() {
            @Override
            public Class<CausalBatch> batchType() {
                return CausalBatch.class;
            }

            @Override
            public Iterable<CausalBatch> epoch(int epoch) {
                return batches;
            }

            @Override
            public int batchesPerEpoch(int epoch) {
                return batches.size();
            }
        };
    }
}
