/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterRows;
import org.lora4j.block.AdapterSelection;
import org.lora4j.hf.base.OutputTask;
import org.lora4j.hf.score.InOrder;
import org.lora4j.hf.score.TextScores;
import org.lora4j.torch.GradMode;
import org.lora4j.train.BatchSource;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.metric.EvaluationMetrics;
import org.lora4j.train.metric.Metric;
import org.lora4j.train.metric.MetricTally;

/**
 * Runs a model over texts without training it: metrics, and what it says of each text.
 *
 * <p>Safe to use from several threads, each with its own evaluator. All texts of a call are run
 * with the adapters that are active on the calling thread when it begins. If the model is closed
 * meanwhile, the call ends with an IllegalStateException.
 */
public final class Evaluator {
    private final LoraModel model;
    private final @Nullable AdapterRows rows;

    /**
     * Creates an evaluator of a model with its active adapters.
     *
     * @param model the model; it stays the caller's
     */
    public Evaluator(LoraModel model) {
        this(model, null);
    }

    private Evaluator(LoraModel model, @Nullable AdapterRows rows) {
        this.model = model;
        this.rows = rows;
    }

    /**
     * Returns an evaluator of a classifier that runs each text with adapters of its own; texts of
     * different adapters share batches.
     *
     * @param adapters the adapters of each text, in the order of the data
     */
    public Evaluator withAdapters(AdapterRows adapters) {
        return new Evaluator(model, adapters);
    }

    /**
     * Measures a model: the loss and, for labels, accuracy and F1; for a regression the errors. Of
     * a language model it is the mean loss over all learnt tokens, and so its perplexity. Of a
     * classifier what is kept of a batch does not grow with the texts; the correlations of a
     * regression need every number.
     *
     * @param data texts of the model's task, all in memory or streamed
     * @param more metrics of one's own, which are measured too: {@link Metric#of}
     * @throws IllegalArgumentException if the texts of a classifier have no labels
     * @throws IllegalStateException if the data are for another task, if they do not give one of
     *     the metrics, if the loss is NaN, or as {@link #run}
     */
    public <B extends TrainingBatch> EvaluationMetrics evaluate(
            BatchSource<B> data, Metric... more) {
        TrainingTask<B> task = model.loaded().taskOn(data.batchType());
        MetricTally tally = new MetricTally(List.of(more));
        each(data, (scope, batch) -> task.evaluate(scope, batch).addTo(tally));
        EvaluationMetrics metrics = sound(tally.metrics());
        for (Metric metric : more) {
            if (metrics.value(metric).isEmpty()) {
                throw new IllegalStateException(
                        "batches of %s give no %s; expected a metric that they give"
                                .formatted(data.batchType().getSimpleName(), metric));
            }
        }
        return metrics;
    }

    /**
     * Measures a model as {@link #evaluate(BatchSource, Metric...)} does, and hands on what its
     * head says in the same pass.
     *
     * @param data labelled texts of the model's task
     * @param each takes each batch and its outputs, as of {@link #outputs}
     * @throws IllegalArgumentException if the texts have no labels
     * @throws IllegalStateException if the data are for another task, if the loss is NaN, or as
     *     {@link #run}
     */
    public <B extends TrainingBatch> EvaluationMetrics evaluate(
            BatchSource<B> data, BiConsumer<B, float[]> each) {
        OutputTask<B> task = outputTask(data);
        MetricTally tally = new MetricTally();
        each(
                data,
                (scope, batch) ->
                        task.evaluate(scope, batch, outputs -> each.accept(batch, outputs))
                                .addTo(tally));
        return sound(tally.metrics());
    }

    private static EvaluationMetrics sound(EvaluationMetrics metrics) {
        if (Double.isNaN(metrics.loss())) {
            throw TextScores.broken("the loss is NaN; expected a finite one");
        }
        return metrics;
    }

    /**
     * Says what the model makes of each text.
     *
     * @param data texts, with or without labels
     * @return one for each text, in the order of the data
     * @throws IllegalStateException as {@link #run}
     */
    public List<Prediction> predict(BatchSource<TextBatch> data) {
        return run(data).predictions();
    }

    /**
     * Measures and predicts in one pass.
     *
     * @param data texts, with or without labels
     * @throws IllegalStateException if a layer that the checkpoint lacks was drawn at random, and
     *     neither trains nor comes with an active adapter, or if an output is NaN
     */
    public EvaluationRun run(BatchSource<TextBatch> data) {
        List<Prediction> all = new ArrayList<>();
        Optional<EvaluationMetrics> metrics = run(data, all::add);
        return new EvaluationRun(metrics, all);
    }

    /**
     * Measures and predicts in one pass, without holding the predictions.
     *
     * @param data texts, with or without labels
     * @param each takes the prediction of each text, in the order of the data
     * @return how right it was; empty where the texts have no labels
     * @throws IllegalStateException as {@link #run(BatchSource)}
     */
    public Optional<EvaluationMetrics> run(BatchSource<TextBatch> data, Consumer<Prediction> each) {
        SequenceClassificationTask task = new SequenceClassificationTask(model.loaded());
        InOrder<Prediction> predictions = new InOrder<>(each);
        MetricTally tally = new MetricTally();
        each(
                data,
                (scope, batch) -> {
                    NDArray logits = task.logits(scope, batch.texts());
                    task.scores()
                            .tell(
                                    batch.examples(),
                                    logits.toFloatArray(),
                                    (text, label, outputs) ->
                                            predictions.put(text, new Prediction(label, outputs)));
                    if (batch.targets().length > 0) {
                        task.scores().evaluate(scope, logits, batch.targets()).addTo(tally);
                    }
                });
        predictions.end();
        return tally.isEmpty() ? Optional.empty() : Optional.of(tally.metrics());
    }

    /**
     * Runs a model over texts and hands on what its head says.
     *
     * @param data texts of the model's task, with or without labels
     * @param each takes each batch and its outputs: C numbers for each text [B * C] or, where
     *     tokens are labelled, for each position of each text [B * T * C], zero at padding
     * @throws IllegalStateException if the data are for another task, or as {@link #run}
     */
    public <B extends TrainingBatch> void outputs(
            BatchSource<B> data, BiConsumer<B, float[]> each) {
        OutputTask<B> task = outputTask(data);
        each(data, (scope, batch) -> each.accept(batch, task.outputs(scope, batch)));
    }

    private <B extends TrainingBatch> OutputTask<B> outputTask(BatchSource<B> data) {
        if (!(model.loaded().taskOn(data.batchType()) instanceof OutputTask<?> found)) {
            throw new IllegalStateException(
                    data.batchType().getSimpleName()
                            + " has no outputs for each text; expected texts of a classifier");
        }
        @SuppressWarnings("unchecked") // the task is that of such batches
        OutputTask<B> task = (OutputTask<B>) found;
        return task;
    }

    private <B extends TrainingBatch> void each(
            BatchSource<B> data, BiConsumer<NDManager, B> work) {
        ActiveAdapters active = model.loaded().active();
        try (ActiveAdapters.Scope own = scope();
                ActiveAdapters.Scope pass = active.pass();
                GradMode off = GradMode.off()) {
            for (AdapterSelection used : selections(active)) {
                model.loaded().drawn().requireNone(model.block(), used, "predict");
            }
            for (B batch : data.epoch(0)) {
                active.beginBatch(rowsOf(batch));
                try (NDManager scope = model.manager().newSubManager()) {
                    work.accept(scope, batch);
                }
            }
        }
    }

    private ActiveAdapters.Scope scope() {
        return rows == null ? () -> {} : model.use(rows);
    }

    private Set<AdapterSelection> selections(ActiveAdapters active) {
        return rows == null ? Set.of(active.current()) : rows.distinct();
    }

    private int[] rowsOf(TrainingBatch batch) {
        int[] examples = batch.examples();
        for (int example : examples) {
            if (rows != null && example >= rows.size()) {
                throw new IllegalArgumentException(
                        "the data have a text %d, and adapters are given for %d texts; expected as many"
                                .formatted(example, rows.size()));
            }
        }
        return examples;
    }
}
