/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.preference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.StepContext;
import org.lora4j.djl.training.KasaPenalty;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.base.ModelAdvice;
import org.lora4j.hf.base.ModelIdentity;
import org.lora4j.hf.loss.ChunkedLoss;
import org.lora4j.hf.loss.LabelledRows;
import org.lora4j.hf.loss.PackedModel;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.torch.GradMode;
import org.lora4j.train.Evaluation;
import org.lora4j.train.LossSum;
import org.lora4j.train.Stage;
import org.lora4j.train.TrainingAdvice;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.checkpoint.TrainingIdentity;
import org.lora4j.train.metric.Predictions;
import org.lora4j.train.penalty.Penalty;

/**
 * How a decoder is trained by preferences. The reference is the same model with all adapters off,
 * so no second model is in memory; it is run once for each batch. For lora4j's own modules.
 */
public final class PreferenceTask implements TrainingTask<PreferenceBatch> {
    private final LoadedModel model;
    private final CausalLanguageModel block;
    private final PackedModel packed;
    private final ChunkedLoss loss;
    private List<NDArray> trained = List.of();
    private double[] reference = {};

    /** Makes the training of a language model. */
    public PreferenceTask(LoadedModel model) {
        this.model = model;
        this.block = model.languageModel();
        this.packed = new PackedModel(block, model.manager());
        this.loss = new ChunkedLoss(block);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if the base itself trains, which is the reference
     */
    @Override
    public ActiveAdapters.Scope begin() {
        ActiveAdapters.Scope training = block.beginTraining();
        if (active().isEmpty()) {
            training.close();
            throw new IllegalStateException(
                    "a training by preferences compares an adapter with the base, and no adapter is"
                            + " active; add one. The base itself cannot train so: it is the"
                            + " reference");
        }
        return training;
    }

    @Override
    public Penalty penalty() {
        return KasaPenalty.of(block);
    }

    @Override
    public TrainingAdvice advice() {
        return ModelAdvice.of(model);
    }

    @Override
    public TrainingIdentity identity() {
        return ModelIdentity.of(model);
    }

    @Override
    public Map<String, NDArray> trainable() {
        Map<String, NDArray> arrays = block.trainedArrays();
        trained = List.copyOf(arrays.values());
        return arrays;
    }

    @Override
    public StepContext steps() {
        return block.loraContext().steps();
    }

    @Override
    public NDList input(NDManager scope, PreferenceBatch batch) {
        if (block.virtualTokens() > 0) {
            throw new IllegalStateException(
                    "a soft prompt is not trained by preferences here; expected an adapter of LoRA"
                            + " or (IA)³");
        }
        reference = reference(scope, batch);
        NDList input = packed.input(scope, batch.packed());
        model.ends().learn(active(), batch.ends());
        return input;
    }

    /** The log-probability of each label with the base alone. */
    private double[] reference(NDManager scope, PreferenceBatch batch) {
        try (ActiveAdapters.Scope none = adapters().use(AdapterSelection.none())) {
            return logProbabilities(scope, batch);
        }
    }

    private double[] logProbabilities(NDManager scope, PreferenceBatch batch) {
        try (NDManager own = scope.newSubManager();
                GradMode off = GradMode.off();
                ActiveAdapters.Scope pass = adapters().pass()) {
            NDArray hidden = packed.hidden(own, batch.packed());
            return loss.logProbabilities(
                    packed.inference(), hidden, LabelledRows.of(batch.packed()));
        }
    }

    private ActiveAdapters adapters() {
        return block.loraContext().active();
    }

    private AdapterSelection active() {
        return adapters().current();
    }

    /** Returns the tokens with which texts were learnt to end. */
    @Override
    public String notes() {
        return model.ends().notes(active());
    }

    @Override
    public void restore(String notes) {
        model.ends().restore(active(), notes);
    }

    @Override
    public List<Stage> stages() {
        return packed.stages();
    }

    @Override
    public LossSum head(NDManager scope, NDList hidden, PreferenceBatch batch) {
        List<NDArray> trainable = trained.isEmpty() ? List.copyOf(trainable().values()) : trained;
        LabelledRows rows = LabelledRows.of(batch.packed());
        double[] base = reference;
        NDArray sum =
                loss.withGradients(
                        scope,
                        packed.training(),
                        hidden.get(0),
                        rows,
                        trainable,
                        policy -> new PairScores(batch, rows, policy, base).slopes());
        return new LossSum(sum, batch.count());
    }

    @Override
    public Evaluation evaluate(NDManager scope, PreferenceBatch batch) {
        PairScores scores =
                new PairScores(
                        batch,
                        LabelledRows.of(batch.packed()),
                        logProbabilities(scope, batch),
                        reference(scope, batch));
        return new Evaluation(
                scores.lossSum(), batch.count(), Predictions.means(scores.sums(), batch.size()));
    }
}
