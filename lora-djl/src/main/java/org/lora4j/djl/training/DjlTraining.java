/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.training;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.Dataset;
import org.lora4j.train.LoraTrainer;

/**
 * Trains a DJL model with {@link LoraTrainer}, on DJL's data sets, by DJL's loss.
 *
 * <pre>{@code
 * Injection injection = Lora.inject(model, config);
 * TrainingConfig djl = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()).addEvaluator(new Accuracy());
 * LoraTrainer.Builder<DjlBatch> trainer = DjlTraining.of(model, djl).trainer(train, validation);
 * trainer.optEpochs(3).build().fit();
 * Lora.saveAdapter(model.getBlock(), injection, directory);
 * }</pre>
 *
 * <p>Of the configuration the loss, the evaluators and the listeners are used; optimiser, learning
 * rate and devices are {@link LoraTrainer}'s. What asks for gradients when the training begins is
 * trained: after {@code Lora.inject}, the adapter. The loss of a step is the mean over its
 * examples, also where batches of several sizes are accumulated.
 *
 * <p>Evaluators are computed over the validation data and are metrics of it; {@link
 * org.lora4j.train.metric.Metric#ofScore} chooses the best by one. Listeners are notified of
 * batches before their gradients are computed, and of an epoch after its validation; a listener
 * that throws ends the training, as in DJL. A data set is read in the order of its sampler, which
 * need not be the same when the training is repeated.
 *
 * <p>Not thread-safe; of one model, one training at a time.
 */
public final class DjlTraining {
    private final Model model;
    private final DjlTask task;

    private DjlTraining(Model model, TrainingConfig config) {
        this.model = model;
        this.task = new DjlTask(model, config);
    }

    /**
     * Prepares the training of a model.
     *
     * @param model a model whose block is initialised; it is the caller's to close, afterwards
     * @param config DJL's loss, evaluators and listeners
     */
    public static DjlTraining of(Model model, TrainingConfig config) {
        return new DjlTraining(model, config);
    }

    /**
     * Returns a builder of a trainer.
     *
     * @param dataset what to train on; where epochs are asked for it is read once to count batches
     */
    public LoraTrainer.Builder<DjlBatch> trainer(Dataset dataset) {
        return LoraTrainer.builder(task)
                .setDataset(
                        new DjlBatches(
                                dataset,
                                manager(),
                                epoch -> {
                                    if (epoch > 0) {
                                        task.endEpoch();
                                    }
                                }));
    }

    /**
     * Returns a builder of a trainer that validates after each epoch.
     *
     * @param dataset what to train on
     * @param validation what to validate with
     */
    public LoraTrainer.Builder<DjlBatch> trainer(Dataset dataset, Dataset validation) {
        return trainer(dataset)
                .optValidation(
                        new DjlBatches(validation, manager(), epoch -> task.beginValidation()));
    }

    private NDManager manager() {
        return model.getNDManager();
    }
}
