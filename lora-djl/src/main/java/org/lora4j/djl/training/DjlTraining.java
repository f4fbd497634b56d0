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
 * <p>Only the loss, the evaluators and the listeners of the configuration are used; {@link
 * LoraTrainer} has an optimiser, a learning rate and devices of its own. The training updates
 * whatever requires gradients when it begins: after {@code Lora.inject}, that is the adapter. The
 * loss of a step is the mean over its examples, even if batches of different sizes are accumulated.
 *
 * <p>The evaluators are computed over the validation data and appear among its metrics; {@link
 * org.lora4j.train.metric.Metric#ofScore} selects the best validation by one of them. Listeners are
 * notified of a batch before its gradients are computed, and of an epoch after its validation. As
 * in DJL, a listener that throws ends the training. A data set is read in the order of its sampler,
 * which may differ when the training is repeated.
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
