/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.lora4j.block.StepContext;
import org.lora4j.torch.Dropout;
import org.lora4j.torch.Torch;
import org.lora4j.train.metric.Predictions;

/** A classifier of two layers over {@link Torch}'s operations, with dropout between them. */
final class MlpTask implements TrainingTask<PointBatch>, AutoCloseable {
    final NDManager manager = NDManager.newBaseManager();
    private final Map<String, NDArray> parameters = new LinkedHashMap<>();
    private final StepContext steps = new StepContext(7);
    private final double dropout;

    MlpTask(int in, int hidden, int classes, double dropout, long seed) {
        this.dropout = dropout;
        Random random = new Random(seed);
        add("first.weight", random(random, hidden * in), new Shape(hidden, in));
        add("first.bias", random(random, hidden), new Shape(hidden));
        add("second.weight", random(random, classes * hidden), new Shape(classes, hidden));
        add("second.bias", random(random, classes), new Shape(classes));
    }

    MlpTask(Map<String, float[]> start, Map<String, Shape> shapes) {
        dropout = 0;
        shapes.forEach((path, shape) -> add(path, Objects.requireNonNull(start.get(path)), shape));
    }

    private static float[] random(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian() / 2;
        }
        return values;
    }

    private void add(String path, float[] values, Shape shape) {
        NDArray array = manager.create(values, shape);
        array.setRequiresGradient(true);
        parameters.put(path, array);
    }

    NDArray parameter(String path) {
        return Objects.requireNonNull(parameters.get(path));
    }

    Map<String, float[]> values() {
        Map<String, float[]> values = new LinkedHashMap<>();
        parameters.forEach((path, array) -> values.put(path, array.toFloatArray()));
        return values;
    }

    /** All bits of all parameters. */
    int[] bits() {
        return values().values().stream()
                .flatMapToInt(
                        a -> IntStream.range(0, a.length).map(i -> Float.floatToRawIntBits(a[i])))
                .toArray();
    }

    @Override
    public Map<String, NDArray> trainable() {
        return parameters;
    }

    @Override
    public StepContext steps() {
        return steps;
    }

    @Override
    public NDList input(NDManager scope, PointBatch batch) {
        steps.rows(Arrays.stream(batch.examples()).asLongStream().toArray());
        return new NDList(scope.create(batch.x(), new Shape(batch.size(), batch.width())));
    }

    @Override
    public List<Stage> stages() {
        return List.of((scope, hidden) -> new NDList(hidden(hidden.head(), dropout)));
    }

    @Override
    public LossSum head(NDManager scope, NDList hidden, PointBatch batch) {
        return new LossSum(
                Torch.crossEntropySum(logits(hidden.head()), scope.create(batch.y())),
                batch.count());
    }

    @Override
    public Evaluation evaluate(NDManager scope, PointBatch batch) {
        NDArray x = scope.create(batch.x(), new Shape(batch.size(), batch.width()));
        NDArray logits = logits(hidden(x, 0));
        NDArray loss = Torch.crossEntropySum(logits, scope.create(batch.y()));
        int[] predicted =
                Arrays.stream(logits.argMax(-1).toLongArray()).mapToInt(Math::toIntExact).toArray();
        int[] truth = Arrays.stream(batch.y()).mapToInt(Math::toIntExact).toArray();
        return new Evaluation(
                loss.getFloat(), batch.count(), Predictions.classes(predicted, truth));
    }

    private NDArray hidden(NDArray x, double p) {
        NDArray first = parameter("first.weight");
        NDArray y = Torch.relu(Torch.linear(x, first, parameter("first.bias")));
        return p == 0
                ? y
                : Dropout.of(y, steps.mask(y, p, StepContext.pathKey("first.dropout")), p);
    }

    private NDArray logits(NDArray hidden) {
        return Torch.linear(hidden, parameter("second.weight"), parameter("second.bias"));
    }

    @Override
    public void close() {
        manager.close();
    }
}
