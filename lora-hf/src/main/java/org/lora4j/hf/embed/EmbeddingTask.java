/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.embed;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.StepContext;
import org.lora4j.djl.training.KasaPenalty;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.base.ModelAdvice;
import org.lora4j.hf.base.ModelIdentity;
import org.lora4j.hf.model.TextEncoder;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.text.PaddedBatch;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.Embeddings;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;
import org.lora4j.train.Evaluation;
import org.lora4j.train.LossSum;
import org.lora4j.train.Stage;
import org.lora4j.train.TrainingAdvice;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.checkpoint.TrainingIdentity;
import org.lora4j.train.metric.Predictions;
import org.lora4j.train.penalty.Penalty;

/**
 * How an encoder learns embeddings. All texts of a batch run through it together, without padding;
 * or some at a time, with the same gradients ({@link CachedPart}).
 */
final class EmbeddingTask implements TrainingTask<EmbeddingBatch> {
    /** Ids, token types and the places of tokens. */
    private static final int EMBEDDED = 3;

    private final LoadedModel model;
    private final TextEncoder block;
    private final TextVectors vectors;
    private final ParameterStore store;

    EmbeddingTask(LoadedModel model, TextVectors vectors) {
        this.model = model;
        this.block = vectors.encoder();
        this.vectors = vectors;
        this.store = new ParameterStore(model.manager(), false);
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
        return ModelIdentity.of(model).with("embedding", vectors.form().toString());
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
    public List<EmbeddingBatch> parts(EmbeddingBatch batch) {
        int texts = batch.texts().rows();
        if (batch.atOnce() == 0 || texts <= batch.atOnce()) {
            return List.of(batch);
        }
        List<int[]> rows = new ArrayList<>();
        for (int from = 0; from < texts; from += batch.atOnce()) {
            rows.add(IntStream.range(from, Math.min(texts, from + batch.atOnce())).toArray());
        }
        CachedPart.Shared shared = new CachedPart.Shared(() -> slopes(batch, rows));
        List<EmbeddingBatch> parts = new ArrayList<>();
        for (int[] each : rows) {
            parts.add(
                    new EmbeddingBatch(
                            batch.texts().rows(each),
                            batch.columns(),
                            new float[0],
                            batch.loss(),
                            0,
                            new CachedPart(shared, each[0], each[0] == 0 ? batch.count() : 0)));
        }
        return parts;
    }

    /** Runs all texts, some at a time, without gradients; then the loss with them. */
    private CachedPart.Slopes slopes(EmbeddingBatch batch, List<int[]> rows) {
        try (NDManager scope = model.manager().newSubManager()) {
            float[] all = {};
            int at = 0;
            try (GradMode off = GradMode.off()) {
                for (int[] each : rows) {
                    try (NDManager inner = scope.newSubManager()) {
                        PaddedBatch texts = batch.texts().rows(each);
                        tellRows(texts);
                        float[] part =
                                vectors.of(inner, new Pass(store, true), texts, 0).toFloatArray();
                        if (at == 0) {
                            int size = part.length / each.length;
                            all = new float[Math.multiplyExact(batch.texts().rows(), size)];
                        }
                        System.arraycopy(part, 0, all, at, part.length);
                        at += part.length;
                    }
                }
            }
            int size = all.length / batch.texts().rows();
            NDArray leaf = copied(scope, scope.create(all));
            leaf.setRequiresGradient(true);
            try (GradMode on = GradMode.on()) {
                NDArray sum = sum(scope, leaf, batch);
                sum.attach(scope);
                float[] gradients = Autograd.gradients(sum, List.of(leaf)).head().toFloatArray();
                return new CachedPart.Slopes(sum.stopGradient().getFloat(), gradients, size);
            }
        }
    }

    private void tellRows(PaddedBatch texts) {
        TokenLayout layout = block.layout(texts.ids(), texts.attentionMask(), texts.rows());
        int[] indices = texts.indices();
        long[] samples = Arrays.stream(layout.order()).mapToLong(row -> indices[row]).toArray();
        steps().rows(samples, layout.lengths());
    }

    @Override
    public NDList input(NDManager scope, EmbeddingBatch batch) {
        block.loraContext().active().requireOpen();
        vectors.requireNoPrompt();
        CachedPart part = batch.part();
        if (part != null) {
            part.slopes();
        }
        PaddedBatch texts = batch.texts();
        tellRows(texts);
        TokenLayout layout = block.layout(texts.ids(), texts.attentionMask(), texts.rows());
        Shape shape = new Shape(texts.rows(), texts.columns());
        return new NDList(
                        scope.create(texts.ids(), shape),
                        scope.create(texts.typeIds(), shape),
                        layout.places(scope))
                .addAll(layout.arrays(scope));
    }

    @Override
    public List<Stage> stages() {
        Pass pass = new Pass(store, true);
        List<Stage> stages = new ArrayList<>();
        stages.add((scope, inputs) -> embed(pass, inputs));
        for (int i = 0; i < block.layerCount(); i++) {
            int index = i;
            stages.add(
                    (scope, hidden) ->
                            new TokenRows(hidden).with(block.layer(index, pass, hidden)));
        }
        return stages;
    }

    private NDList embed(Pass pass, NDList inputs) {
        NDList state = block.embed(pass, inputs);
        return new NDList(state.get(0))
                .addAll(inputs.subNDList(EMBEDDED))
                .addAll(state.subNDList(1));
    }

    @Override
    public LossSum head(NDManager scope, NDList hidden, EmbeddingBatch batch) {
        NDArray rows = block.logits(new Pass(store, true), hidden);
        PaddedBatch texts = batch.texts();
        TokenLayout layout = block.layout(texts.ids(), texts.attentionMask(), texts.rows());
        NDArray pooled = vectors.pooled(scope, rows, layout, 0);
        pooled.attach(scope);
        CachedPart part = batch.part();
        if (part == null) {
            return new LossSum(sum(scope, pooled, batch), batch.count());
        }
        CachedPart.Slopes slopes = part.slopes();
        int from = part.from() * slopes.size();
        float[] own =
                Arrays.copyOfRange(slopes.gradients(), from, from + texts.rows() * slopes.size());
        NDArray given = copied(scope, scope.create(own)).reshape(pooled.getShape());
        NDArray value = copied(scope, scope.create(part.terms() > 0 ? slopes.loss() : 0f));
        return new LossSum(
                Autograd.withGradients(value, new NDList(pooled), new NDList(given)),
                batch.count());
    }

    /** The loss of embeddings [T, D], or as many numbers in one row. */
    private static NDArray sum(NDManager scope, NDArray vectors, EmbeddingBatch batch) {
        long size = vectors.size() / batch.texts().rows();
        NDArray columns = vectors.reshape(batch.columns(), batch.size(), size);
        columns.attach(scope);
        return batch.loss().sum(columns, copied(scope, scope.create(batch.scores())));
    }

    /** Gradients read it: see Torch.copy. */
    private static NDArray copied(NDManager scope, NDArray array) {
        try (array) {
            NDArray copy = Torch.copy(array);
            copy.attach(scope);
            return copy;
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Pairs with scores give these and the cosines; other examples of three texts or more the
     * share of those whose second text is nearer to the first than the third is.
     */
    @Override
    public Evaluation evaluate(NDManager scope, EmbeddingBatch batch) {
        int atOnce = batch.atOnce() == 0 ? batch.texts().rows() : batch.atOnce();
        NDList parts = new NDList();
        for (int from = 0; from < batch.texts().rows(); from += atOnce) {
            int to = Math.min(batch.texts().rows(), from + atOnce);
            PaddedBatch some = batch.texts().rows(IntStream.range(from, to).toArray());
            parts.add(vectors.of(scope, new Pass(store, false), some, 0));
        }
        NDArray all = parts.size() == 1 ? parts.head() : NDArrays.concat(parts);
        double sum = sum(scope, all, batch).toType(DataType.FLOAT64, true).getDouble();
        long size = all.getShape().get(1);
        NDArray columns = all.reshape(batch.columns(), batch.size(), size);
        return new Evaluation(sum, batch.count(), predictions(columns, batch));
    }

    private static Predictions predictions(NDArray columns, EmbeddingBatch batch) {
        if (batch.scores().length > 0) {
            float[] cosines = Embeddings.cosines(columns, 0, 1).toFloatArray();
            double[] predicted = new double[cosines.length];
            double[] truth = new double[cosines.length];
            for (int i = 0; i < cosines.length; i++) {
                predicted[i] = cosines[i];
                truth[i] = batch.scores()[i];
            }
            return Predictions.values(predicted, truth);
        }
        if (batch.columns() < 3) {
            return Predictions.none();
        }
        float[] near = Embeddings.cosines(columns, 0, 1).toFloatArray();
        float[] far = Embeddings.cosines(columns, 0, 2).toFloatArray();
        long right = IntStream.range(0, near.length).filter(i -> near[i] > far[i]).count();
        Map<String, Double> sums = new LinkedHashMap<>();
        sums.put("cosine_accuracy", (double) right);
        return Predictions.means(sums, near.length);
    }
}
