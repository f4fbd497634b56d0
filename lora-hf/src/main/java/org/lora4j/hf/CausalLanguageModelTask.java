/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
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
import org.lora4j.train.Evaluation;
import org.lora4j.train.LossSum;
import org.lora4j.train.Stage;
import org.lora4j.train.TrainingAdvice;
import org.lora4j.train.checkpoint.TrainingIdentity;
import org.lora4j.train.joint.SharedHead;
import org.lora4j.train.metric.Predictions;
import org.lora4j.train.penalty.Penalty;

/** How a decoder is trained: the cross-entropy of each labelled token. */
final class CausalLanguageModelTask implements SharedHead<CausalBatch> {
    private final LoadedModel model;
    private final CausalLanguageModel block;
    private final PackedModel packed;
    private final ChunkedLoss loss;
    private List<NDArray> trained = List.of();

    /**
     * Makes the training of a language model.
     *
     * @param loss the loss of its logits
     */
    CausalLanguageModelTask(LoadedModel model, ChunkedLoss loss) {
        this.model = model;
        this.block = model.languageModel();
        this.packed = new PackedModel(block, model.manager());
        this.loss = loss;
    }

    CausalLanguageModelTask(LoadedModel model) {
        this(model, new ChunkedLoss(model.languageModel()));
    }

    @Override
    public ActiveAdapters.Scope begin() {
        return block.beginTraining();
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
    public NDList input(NDManager scope, CausalBatch batch) {
        return packed.input(scope, batch.packed());
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

    private AdapterSelection active() {
        return block.loraContext().active().current();
    }

    @Override
    public List<Stage> stages() {
        return packed.stages();
    }

    @Override
    public long count(CausalBatch batch) {
        return batch.packed().labelled(block.virtualTokens() > 0);
    }

    @Override
    public LossSum head(NDManager scope, NDList hidden, CausalBatch batch) {
        note(active(), batch);
        LabelledRows rows = packed.labelled(batch.packed());
        return new LossSum(
                loss.sumWithGradients(scope, packed.training(), hidden.get(0), rows, trained()),
                rows.count());
    }

    /**
     * What trains. The trainer asks before the first step: to walk the tree takes as long as a
     * layer.
     */
    private List<NDArray> trained() {
        return trained.isEmpty() ? List.copyOf(trainable().values()) : trained;
    }

    @Override
    public void note(AdapterSelection adapter, CausalBatch batch) {
        model.ends().learn(adapter, batch.ends());
    }

    @Override
    public TextLosses losses(
            NDManager scope,
            NDList hidden,
            CausalBatch joined,
            Weights weights,
            Consumer<int[]> owners) {
        LabelledRows rows = packed.labelled(joined.packed());
        int[] texts = rows.sequences();
        double[] losses = new double[rows.count()];
        ChunkedLoss.Weights weighed =
                new ChunkedLoss.Weights(
                        Arrays.stream(texts).mapToDouble(text -> weights.texts()[text]).toArray(),
                        weights.tensors(),
                        chunk -> owners.accept(chunk.sequences()));
        NDArray total =
                loss.weightedWithGradients(
                        scope, packed.training(), hidden.get(0), rows, trained(), weighed, losses);
        double[] sums = new double[weights.texts().length];
        int[] counts = new int[sums.length];
        for (int row = 0; row < losses.length; row++) {
            sums[texts[row]] += losses[row];
            counts[texts[row]]++;
        }
        return new TextLosses(total, sums, counts);
    }

    @Override
    public Evaluation evaluate(NDManager scope, CausalBatch batch) {
        LabelledRows rows = packed.labelled(batch.packed());
        double sum = loss.sum(packed.inference(), packed.hidden(scope, batch.packed()), rows);
        return new Evaluation(sum, rows.count(), Predictions.none());
    }
}
