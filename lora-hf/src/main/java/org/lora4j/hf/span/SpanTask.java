/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.span;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.lora4j.hf.base.EncoderTask;
import org.lora4j.hf.base.EncoderTraining;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.model.TokenClassifier;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.question.AnswerReading;
import org.lora4j.text.question.QuestionWindow;
import org.lora4j.torch.Torch;
import org.lora4j.train.Evaluation;
import org.lora4j.train.LossSum;
import org.lora4j.train.metric.Predictions;

/**
 * How an encoder learns to find answers: by the mean of the cross-entropies of where one begins and
 * where it ends among the tokens of a window, which are the first special token's where the window
 * has no answer. The softmax is over a window's own tokens, and so does not depend on what shares
 * its batch: transformers' is over padding too.
 *
 * <p>It is measured as SQuAD's official scripts measure answers. For lora4j's own modules.
 */
public final class SpanTask implements EncoderTask<SpanBatch> {
    private final TokenClassifier block;
    private final EncoderTraining runs;

    /** Makes the training of a model that finds answers. */
    public SpanTask(LoadedModel model, TokenClassifier block) {
        this.block = block;
        this.runs = new EncoderTraining(model, block);
    }

    @Override
    public EncoderTraining runs() {
        return runs;
    }

    @Override
    public LossSum head(NDManager scope, NDList hidden, SpanBatch batch) {
        NDArray logits = block.logits(runs.training(), hidden);
        return new LossSum(loss(scope, logits, batch), batch.count());
    }

    private NDArray loss(NDManager scope, NDArray logits, SpanBatch batch) {
        if (batch.windows().stream().anyMatch(window -> window.first() < 0)) {
            throw new IllegalArgumentException(
                    "the questions have no answers, so nothing can be learnt or measured; expected"
                            + " questions with answers, or marked as without any");
        }
        PaddedBatch texts = batch.texts();
        long[] places = Arrays.stream(runs.rows(texts)).asLongStream().toArray();
        Shape shape = new Shape(texts.rows(), texts.columns());
        return Torch.spanLossSum(logits, scope.create(places, shape), scope.create(batch.labels()));
    }

    @Override
    public Evaluation evaluate(NDManager scope, SpanBatch batch) {
        return evaluate(scope, batch, outputs -> {});
    }

    @Override
    public Evaluation evaluate(NDManager scope, SpanBatch batch, Consumer<float[]> each) {
        NDArray logits = runs.logits(scope, batch.texts());
        double sum = loss(scope, logits, batch).getFloat();
        float[] outputs = runs.placed(logits, batch.texts());
        List<AnswerReading> read = new ArrayList<>();
        for (int row = 0; row < batch.size(); row++) {
            QuestionWindow window = batch.windows().get(row);
            int from = row * batch.texts().columns() * 2;
            read.add(AnswerReading.of(window, outputs, from));
        }
        each.accept(outputs);
        return new Evaluation(sum, batch.count(), Predictions.kept(read, AnswerReading::scores));
    }

    /** {@inheritDoc} They are zero at padding. */
    @Override
    public float[] outputs(NDManager scope, SpanBatch batch) {
        return runs.placed(runs.logits(scope, batch.texts()), batch.texts());
    }
}
