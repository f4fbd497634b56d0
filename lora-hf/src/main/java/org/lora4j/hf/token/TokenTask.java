/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.token;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.lora4j.hf.base.EncoderTask;
import org.lora4j.hf.base.EncoderTraining;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.model.TokenClassifier;
import org.lora4j.hf.score.TextScores;
import org.lora4j.text.token.EntityCounts;
import org.lora4j.text.token.EntityReading;
import org.lora4j.text.token.TagScheme;
import org.lora4j.torch.Sequences;
import org.lora4j.torch.Torch;
import org.lora4j.train.Evaluation;
import org.lora4j.train.LossSum;
import org.lora4j.train.metric.ClassReport;
import org.lora4j.train.metric.HeadOutputs;
import org.lora4j.train.metric.Predictions;

/**
 * How an encoder that labels tokens is trained: by the cross-entropy of the tokens that have a
 * label. It is measured by the precision, recall and F1 of entities, as seqeval measures them, and
 * by the accuracy of tags. For lora4j's own modules.
 */
public final class TokenTask implements EncoderTask<TokenBatch> {
    private static final String RIGHT = "right";
    private static final String TAGS = "tags";

    private final LoadedModel model;
    private final TokenClassifier block;
    private final EncoderTraining runs;
    private final TagScheme scheme;

    /** Makes the training of a model that labels tokens. */
    public TokenTask(LoadedModel model) {
        this.model = model;
        this.block = model.tokenClassifier();
        this.runs = new EncoderTraining(model, block);
        this.scheme = TagScheme.of(model.labels());
    }

    @Override
    public EncoderTraining runs() {
        return runs;
    }

    @Override
    public LossSum head(NDManager scope, NDList hidden, TokenBatch batch) {
        NDArray logits = block.logits(runs.training(), hidden);
        return new LossSum(loss(scope, labelled(scope, logits, batch), batch), batch.count());
    }

    /** The logits of the labelled tokens, in the order of the batch. */
    private NDArray labelled(NDManager scope, NDArray logits, TokenBatch batch) {
        int[] rows = runs.rows(batch.texts());
        long[] chosen = new long[(int) batch.count()];
        int next = 0;
        for (int i = 0; i < rows.length; i++) {
            if (batch.labels()[i] != TokenBatch.NONE) {
                chosen[next++] = rows[i];
            }
        }
        return Sequences.take(logits, scope.create(chosen));
    }

    private static NDArray loss(NDManager scope, NDArray logits, TokenBatch batch) {
        long[] labels = new long[(int) batch.count()];
        int next = 0;
        for (int label : batch.labels()) {
            if (label != TokenBatch.NONE) {
                labels[next++] = label;
            }
        }
        return Torch.crossEntropySum(logits, scope.create(labels));
    }

    @Override
    public Evaluation evaluate(NDManager scope, TokenBatch batch) {
        return measured(scope, runs.logits(scope, batch.texts()), batch);
    }

    @Override
    public Evaluation evaluate(NDManager scope, TokenBatch batch, Consumer<float[]> outputs) {
        NDArray logits = runs.logits(scope, batch.texts());
        Evaluation evaluation = measured(scope, logits, batch);
        outputs.accept(runs.placed(logits, batch.texts()));
        return evaluation;
    }

    private Evaluation measured(NDManager scope, NDArray all, TokenBatch batch) {
        if (batch.count() == 0) {
            throw new IllegalArgumentException(
                    "the texts have no tags, so nothing can be measured; expected texts with tags"
                            + " or spans");
        }
        NDArray logits = labelled(scope, all, batch);
        double sum = loss(scope, logits, batch).getFloat();
        float[] values = logits.toFloatArray();
        float[] truth = new float[(int) batch.count()];
        int next = 0;
        for (int label : batch.labels()) {
            if (label != TokenBatch.NONE) {
                truth[next++] = label;
            }
        }
        HeadOutputs outputs = new HeadOutputs(truth.length, values, truth);
        return new Evaluation(sum, batch.count(), predictions(values, batch), outputs);
    }

    private Predictions predictions(float[] values, TokenBatch batch) {
        int classes = model.labels().size();
        int columns = batch.texts().columns();
        EntityCounts entities =
                new EntityCounts(
                        scheme,
                        scheme == TagScheme.BILOU ? EntityReading.STRICT : EntityReading.DEFAULT);
        double right = 0;
        int next = 0;
        for (int text = 0; text < batch.size(); text++) {
            List<String> predicted = new ArrayList<>();
            List<String> truth = new ArrayList<>();
            for (int column = 0; column < columns; column++) {
                int label = batch.labels()[text * columns + column];
                if (label != TokenBatch.NONE) {
                    int best = TextScores.best(values, next++ * classes, classes);
                    right += best == label ? 1 : 0;
                    predicted.add(model.labels().get(best));
                    truth.add(model.labels().get(label));
                }
            }
            if (scheme != TagScheme.PLAIN) {
                entities.add(predicted, truth);
            }
        }
        Map<String, Double> sums = new LinkedHashMap<>();
        sums.put(RIGHT, right);
        sums.put(TAGS, (double) next);
        entities.counts()
                .forEach(
                        (type, counts) -> {
                            for (int i = 0; i < counts.size(); i++) {
                                sums.put(i + " " + type, (double) counts.get(i));
                            }
                        });
        return Predictions.sums(
                sums, scheme == TagScheme.PLAIN ? TokenTask::ofTags : TokenTask::ofAll);
    }

    private static Map<String, Double> ofTags(Map<String, Double> sums) {
        return Map.of("accuracy", sums.getOrDefault(RIGHT, 0.0) / sums.getOrDefault(TAGS, 0.0));
    }

    private static Map<String, Double> ofAll(Map<String, Double> sums) {
        long[] all = new long[3];
        Map<String, Double> scores = new LinkedHashMap<>();
        sums.forEach(
                (name, sum) -> {
                    if (Character.isDigit(name.charAt(0))) {
                        all[name.charAt(0) - '0'] += sum.longValue();
                    }
                });
        ClassReport.Scores micro = ClassReport.Scores.of(all[0], all[1], all[2]);
        scores.put("precision", micro.precision());
        scores.put("recall", micro.recall());
        scores.put("f1", micro.f1());
        scores.putAll(ofTags(sums));
        return scores;
    }

    /** {@inheritDoc} They are zero at padding. */
    @Override
    public float[] outputs(NDManager scope, TokenBatch batch) {
        return runs.placed(runs.logits(scope, batch.texts()), batch.texts());
    }
}
