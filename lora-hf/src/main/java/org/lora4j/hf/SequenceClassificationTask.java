/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.function.Consumer;
import org.lora4j.hf.base.EncoderTask;
import org.lora4j.hf.base.EncoderTraining;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.score.TextScores;
import org.lora4j.text.PaddedBatch;
import org.lora4j.train.Evaluation;
import org.lora4j.train.LossSum;

/**
 * How an encoder with a classification head is trained: cross-entropy over labels, or the squared
 * error of one number.
 */
final class SequenceClassificationTask implements EncoderTask<TextBatch> {
    private final SequenceClassifier block;
    private final TextScores scores;
    private final EncoderTraining runs;

    /** Makes the training of a classifier or a regression. */
    SequenceClassificationTask(LoadedModel model) {
        this.block = model.classifier();
        this.scores = new TextScores(model.target(), model.labels());
        this.runs = new EncoderTraining(model, block);
    }

    @Override
    public EncoderTraining runs() {
        return runs;
    }

    @Override
    public LossSum head(NDManager scope, NDList hidden, TextBatch batch) {
        NDArray logits = block.logits(runs.training(), hidden);
        return new LossSum(
                scores.loss(scope, logits, batch.targets(), batch.weights()), batch.count());
    }

    /** Runs a batch without dropout: [B, C]. */
    NDArray logits(NDManager scope, PaddedBatch batch) {
        return runs.logits(scope, batch);
    }

    @Override
    public Evaluation evaluate(NDManager scope, TextBatch batch) {
        return scores.evaluate(scope, logits(scope, batch.texts()), batch.targets());
    }

    @Override
    public Evaluation evaluate(NDManager scope, TextBatch batch, Consumer<float[]> outputs) {
        NDArray logits = logits(scope, batch.texts());
        Evaluation evaluation = scores.evaluate(scope, logits, batch.targets());
        outputs.accept(logits.toFloatArray());
        return evaluation;
    }

    @Override
    public float[] outputs(NDManager scope, TextBatch batch) {
        return logits(scope, batch.texts()).toFloatArray();
    }

    /** Returns how outputs are judged. */
    TextScores scores() {
        return scores;
    }
}
