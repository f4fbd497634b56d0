/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.training;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.Batch;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.listener.TrainingListener.BatchData;
import ai.djl.training.loss.Loss;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.torch.GradMode;

/**
 * What DJL's listeners and evaluators see of a training: a Trainer that takes no steps of its own.
 */
final class DjlSession implements AutoCloseable {
    private static final String VALIDATION = "lora4j/validation";

    private final Trainer trainer;
    private boolean seen;

    DjlSession(Model model, TrainingConfig config) {
        trainer = new Trainer(model, config);
        trainer.setMetrics(new Metrics());
        trainer.getEvaluators().forEach(evaluator -> evaluator.addAccumulator(VALIDATION));
    }

    void trained(DjlBatch batch, NDList data, NDList labels, NDList predictions) {
        seen = true;
        NDManager scope = predictions.head().getManager();
        try (GradMode off = GradMode.off()) {
            BatchData seenBatch = batchData(scope, batch, data, labels, predictions);
            trainer.notifyListeners(listener -> listener.onTrainingBatch(trainer, seenBatch));
        }
    }

    /** Returns what the evaluators have found since {@link #beginValidation}. */
    Map<String, Double> validated(
            NDManager scope, DjlBatch batch, NDList data, NDList labels, NDList predictions) {
        BatchData seenBatch = batchData(scope, batch, data, labels, predictions);
        trainer.notifyListeners(listener -> listener.onValidationBatch(trainer, seenBatch));
        Map<String, Double> scores = new LinkedHashMap<>();
        for (Evaluator evaluator : trainer.getEvaluators()) {
            if (!(evaluator instanceof Loss)) {
                evaluator.updateAccumulator(VALIDATION, labels, predictions);
                scores.put(evaluator.getName(), (double) evaluator.getAccumulator(VALIDATION));
            }
        }
        return scores;
    }

    private static BatchData batchData(
            NDManager scope, DjlBatch batch, NDList data, NDList labels, NDList predictions) {
        Device device = scope.getDevice();
        Batch seen =
                new Batch(
                        scope.newSubManager(),
                        data,
                        labels,
                        batch.size(),
                        null,
                        null,
                        batch.progress(),
                        batch.progressTotal());
        return new BatchData(seen, Map.of(device, labels), Map.of(device, predictions));
    }

    void beginValidation() {
        trainer.getEvaluators().forEach(evaluator -> evaluator.resetAccumulator(VALIDATION));
    }

    /** Notifies listeners of the end of an epoch in which there was a batch. */
    void endEpoch() {
        if (seen) {
            seen = false;
            trainer.notifyListeners(listener -> listener.onEpoch(trainer));
        }
    }

    @Override
    public void close() {
        try {
            endEpoch();
        } finally {
            trainer.close();
        }
    }
}
