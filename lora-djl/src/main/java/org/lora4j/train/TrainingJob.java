/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDManager;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.torch.engine.TorchEngine;

/**
 * All that a training is given.
 *
 * @param task the model
 * @param dataset the training data
 * @param validation the validation data, if any
 * @param config the configuration
 * @param cancelled whether it was cancelled
 */
record TrainingJob<B extends TrainingBatch>(
        TrainingTask<B> task,
        BatchSource<B> dataset,
        @Nullable BatchSource<B> validation,
        LoraTrainingConfig config,
        BooleanSupplier cancelled) {
    /**
     * Runs the training; exactly one of the listeners' ends is called.
     *
     * @param results takes what was done before listeners hear of the end, also where this throws
     */
    LoraTrainingResult run(Listeners listeners, Consumer<LoraTrainingResult> results) {
        LoraTrainingResult result;
        try {
            result = begin(listeners, results);
        } catch (RuntimeException | Error e) {
            listeners.failure(e);
            throw e;
        }
        listeners.end(result);
        return result;
    }

    /** Listeners hear of the end when the model is no longer in training. */
    private LoraTrainingResult begin(Listeners listeners, Consumer<LoraTrainingResult> results) {
        try (ActiveAdapters.Scope training = task.begin()) {
            return train(listeners, results);
        }
    }

    private LoraTrainingResult train(Listeners listeners, Consumer<LoraTrainingResult> results) {
        TrainableParameters parameters = TrainableParameters.of(task.trainable());
        int totalSteps = config.steps() > 0 ? config.steps() : stepsOfEpochs();
        try (NDManager manager = TorchEngine.get().newBaseManager(parameters.device())) {
            manager.setName("lora4j-training");
            TrainingLoop<B> loop =
                    new TrainingLoop<>(this, totalSteps, parameters, manager, listeners);
            listeners.start(new TrainingStart(config, totalSteps, parameters.size()));
            return loop.run(results);
        } finally {
            task.steps().end();
        }
    }

    private int stepsOfEpochs() {
        long all = 0;
        for (int epoch = 0; epoch < config.epochs(); epoch++) {
            long batches = dataset.batchesPerEpoch(epoch);
            all += (batches + config.accumulation() - 1) / config.accumulation();
        }
        return Math.toIntExact(all);
    }

    /** Why the training must end now, if someone wants that. */
    @Nullable StopReason requestedStop() {
        if (cancelled.getAsBoolean()) {
            return StopReason.CANCELLED;
        }
        return Thread.currentThread().isInterrupted() ? StopReason.INTERRUPTED : null;
    }
}
