/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.StepContext;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.base.ModelAdvice;
import org.lora4j.hf.base.ModelIdentity;
import org.lora4j.hf.model.PromptedTexts;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.hf.score.TextScores;
import org.lora4j.text.PaddedBatch;
import org.lora4j.train.Evaluation;
import org.lora4j.train.LossSum;
import org.lora4j.train.Stage;
import org.lora4j.train.TrainingAdvice;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.checkpoint.TrainingIdentity;

/**
 * How an encoder with a classification head is trained: cross-entropy over labels, or the squared
 * error of one number.
 */
final class SequenceClassificationTask implements TrainingTask<TextBatch> {
    /** Ids, token types and the places of tokens. */
    private static final int EMBEDDED = 3;

    private final LoadedModel model;
    private final SequenceClassifier block;
    private final TextScores scores;
    private final ParameterStore store;

    /** Makes the training of a classifier or a regression. */
    SequenceClassificationTask(LoadedModel model) {
        this.model = model;
        this.block = model.classifier();
        this.scores = new TextScores(model.labels());
        this.store = new ParameterStore(model.manager(), false);
    }

    @Override
    public ActiveAdapters.Scope begin() {
        return block.beginTraining();
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
        return block.trainedArrays();
    }

    @Override
    public StepContext steps() {
        return block.loraContext().steps();
    }

    @Override
    public NDList input(NDManager scope, TextBatch batch) {
        block.loraContext().active().requireOpen();
        PaddedBatch texts = PromptedTexts.of(batch.texts(), block.virtualTokens());
        TokenLayout layout = layout(texts);
        int[] examples = batch.examples();
        long[] samples = Arrays.stream(layout.order()).mapToLong(row -> examples[row]).toArray();
        steps().rows(samples, layout.lengths());
        Shape shape = new Shape(texts.rows(), texts.columns());
        return new NDList(
                        scope.create(texts.ids(), shape),
                        scope.create(texts.typeIds(), shape),
                        layout.places(scope))
                .addAll(layout.arrays(scope));
    }

    private static TokenLayout layout(PaddedBatch texts) {
        return new TokenLayout(texts.attentionMask(), texts.rows());
    }

    @Override
    public List<Stage> stages() {
        Pass pass = new Pass(store, true);
        List<Stage> stages = new ArrayList<>();
        stages.add((scope, inputs) -> embed(pass, inputs));
        for (int i = 0; i < block.layerCount(); i++) {
            int index = i;
            stages.add((scope, hidden) -> layer(pass, index, hidden));
        }
        return stages;
    }

    private NDList embed(Pass pass, NDList inputs) {
        NDList made = block.embed(pass, inputs);
        return new NDList(made.get(0)).addAll(inputs.subNDList(EMBEDDED)).addAll(made.subNDList(1));
    }

    private NDList layer(Pass pass, int index, NDList hidden) {
        return new TokenRows(hidden).with(block.layer(index, pass, hidden));
    }

    @Override
    public LossSum head(NDManager scope, NDList hidden, TextBatch batch) {
        NDArray logits = block.logits(new Pass(store, true), hidden);
        return new LossSum(scores.loss(scope, logits, batch.targets()), batch.count());
    }

    /** Runs a batch without dropout: [B, C]. */
    NDArray logits(NDManager scope, PaddedBatch batch) {
        PaddedBatch texts = PromptedTexts.of(batch, block.virtualTokens());
        Shape shape = new Shape(texts.rows(), texts.columns());
        NDArray ids = scope.create(texts.ids(), shape);
        NDArray typeIds = scope.create(texts.typeIds(), shape);
        return block.logits(new Pass(store, false), ids, typeIds, layout(texts));
    }

    @Override
    public Evaluation evaluate(NDManager scope, TextBatch batch) {
        return scores.evaluate(scope, logits(scope, batch.texts()), batch.targets());
    }

    /** Returns how outputs are judged. */
    TextScores scores() {
        return scores;
    }
}
