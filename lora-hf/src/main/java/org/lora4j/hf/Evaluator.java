/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.torch.GradMode;
import org.lora4j.train.Evaluation;
import org.lora4j.train.EvaluationMetrics;
import org.lora4j.train.TrainingTask;

/**
 * Runs a model over texts without training it: metrics, and what it says of each text.
 *
 * <p>Safe to use from several threads, each with its own evaluator. All texts of a call are run
 * with the adapters that are active on the calling thread when it begins. If the model is closed
 * meanwhile, the call ends with an IllegalStateException.
 */
public final class Evaluator {
    private final LoraModel model;

    /**
     * Creates an evaluator of a model with its active adapters.
     *
     * @param model the model; it stays the caller's
     */
    public Evaluator(LoraModel model) {
        this.model = model;
    }

    /**
     * Measures loss and, for labels, accuracy and F1; for a regression the errors.
     *
     * @param data labelled texts
     * @throws IllegalArgumentException if the texts have no labels
     * @throws IllegalStateException as {@link #run}
     */
    public EvaluationMetrics evaluate(TextDataset data) {
        return run(data)
                .metrics()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "the texts have no labels, so nothing can be measured;"
                                                + " expected TextDataset.forEvaluation(...)"));
    }

    /**
     * Measures a language model's loss, the mean over all learnt tokens, and so its perplexity.
     *
     * @param data texts
     * @throws IllegalStateException if the model is none
     */
    public EvaluationMetrics evaluate(CausalDataset data) {
        TrainingTask<CausalBatch> task = model.trainingTask(CausalBatch.class);
        List<Evaluation> parts = new ArrayList<>();
        try (ActiveAdapters.Scope pass = model.loaded().active().pass();
                GradMode off = GradMode.off()) {
            for (CausalBatch batch : data.epoch(0)) {
                try (NDManager scope = model.manager().newSubManager()) {
                    parts.add(task.evaluate(scope, batch));
                }
            }
        }
        return EvaluationMetrics.of(parts);
    }

    /**
     * Says what the model makes of each text.
     *
     * @param data texts, with or without labels
     * @return one for each text, in the order of the data
     * @throws IllegalStateException as {@link #run}
     */
    public List<Prediction> predict(TextDataset data) {
        return run(data).predictions();
    }

    /**
     * Measures and predicts in one pass.
     *
     * @param data texts, with or without labels
     * @throws IllegalStateException if a layer that the checkpoint lacks was drawn at random, and
     *     neither trains nor comes with an active adapter
     */
    public EvaluationRun run(TextDataset data) {
        SequenceClassificationTask task = model.loaded().classification();
        List<Evaluation> parts = new ArrayList<>();
        Prediction[] all = new Prediction[data.size()];
        try (ActiveAdapters.Scope pass = model.loaded().active().pass();
                GradMode off = GradMode.off()) {
            AdapterSelection selection = model.loaded().active().current();
            model.loaded().drawn().requireNone(model.block(), selection, "predict");
            for (TextBatch batch : data.epoch(0)) {
                try (NDManager scope = model.manager().newSubManager()) {
                    NDArray logits = task.logits(scope, batch.texts());
                    fill(all, batch, logits);
                    if (batch.targets().length > 0) {
                        parts.add(task.evaluate(scope, logits, batch));
                    }
                }
            }
        }
        return new EvaluationRun(
                parts.isEmpty() ? Optional.empty() : Optional.of(EvaluationMetrics.of(parts)),
                Arrays.asList(all));
    }

    private void fill(Prediction[] all, TextBatch batch, NDArray logits) {
        float[] values = logits.toFloatArray();
        int classes = values.length / batch.size();
        int[] indices = batch.examples();
        for (int row = 0; row < indices.length; row++) {
            List<Float> outputs = new ArrayList<>(classes);
            for (int c = 0; c < classes; c++) {
                outputs.add(values[row * classes + c]);
            }
            String label =
                    model.isRegression()
                            ? outputs.get(0).toString()
                            : model.labels().get(Prediction.best(values, row * classes, classes));
            all[indices[row]] = new Prediction(label, outputs);
        }
    }
}
