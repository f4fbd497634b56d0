/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.StepContext;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.LossGradients;
import org.lora4j.torch.Sequences;
import org.lora4j.torch.Torch;
import org.lora4j.torch.gradient.GradientSums;
import org.lora4j.torch.gradient.Segment;
import org.lora4j.torch.gradient.Segments;

/**
 * The cross-entropy of the vocabulary projection, a few rows at a time: the logits of all rows,
 * which would be the largest array of a step by far, are never there at once.
 *
 * <p>Rows without a label are left out before the projection. In training the gradient of each
 * chunk is formed right after its loss, for the hidden states and for what trains in the head; the
 * result is the true sum with these gradients, so it is exact.
 */
public final class ChunkedLoss {
    /**
     * Elements of a chunk's logits, 32 MiB in float32: glibc takes larger arrays from the system
     * each time, and the system clears them.
     */
    private static final int MOST_LOGITS = 1 << 23;

    private final CausalLanguageModel block;
    private final int rowsPerChunk;
    private final Segments segments = new Segments();

    public ChunkedLoss(CausalLanguageModel block, int mostLogits) {
        this.block = block;
        this.rowsPerChunk = Math.max(1, mostLogits / block.vocabularySize());
    }

    public ChunkedLoss(CausalLanguageModel block) {
        this(block, MOST_LOGITS);
    }

    /** Returns chunks of nearly equal size. */
    private List<LabelledRows> chunks(LabelledRows rows) {
        int count = (rows.count() + rowsPerChunk - 1) / rowsPerChunk;
        List<LabelledRows> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = (int) ((long) rows.count() * i / count);
            chunks.add(rows.part(from, (int) ((long) rows.count() * (i + 1) / count)));
        }
        return chunks;
    }

    /**
     * Sums the loss without gradients.
     *
     * @param hidden the last layer's hidden states [N, H]
     * @param rows at least one
     */
    public double sum(Pass pass, NDArray hidden, LabelledRows rows) {
        double sum = 0;
        for (LabelledRows chunk : chunks(rows)) {
            try (NDManager scope = hidden.getManager().newSubManager()) {
                block.loraContext().active().pick(chunk.places());
                NDArray logits = block.lossLogits(pass, take(scope, hidden, chunk));
                NDArray loss = LossGradients.crossEntropy(logits, scope.create(chunk.labels()));
                sum += loss.getDouble();
            }
        }
        return sum;
    }

    /**
     * Returns the log-probability of each row's label, without gradients.
     *
     * @param hidden the last layer's hidden states [N, H]
     * @param rows at least one
     * @return in the order of the rows
     */
    public double[] logProbabilities(Pass pass, NDArray hidden, LabelledRows rows) {
        StepContext steps = block.loraContext().steps();
        double[] all = new double[rows.count()];
        int at = 0;
        try (GradMode off = GradMode.off()) {
            for (LabelledRows chunk : chunks(rows)) {
                if (pass.training()) {
                    steps.tokens(chunk.samples(), chunk.positions());
                }
                block.loraContext().active().pick(chunk.places());
                try (NDManager scope = hidden.getManager().newSubManager()) {
                    NDArray logits = block.lossLogits(pass, take(scope, hidden, chunk));
                    NDArray labels = scope.create(chunk.labels());
                    double[] part =
                            LossGradients.labelLogProbabilities(logits, labels).toDoubleArray();
                    System.arraycopy(part, 0, all, at, part.length);
                    at += part.length;
                }
            }
        }
        return all;
    }

    /** A loss of the log-probabilities of labels. */
    @FunctionalInterface
    public interface OfLogProbabilities {
        /**
         * Computes the loss.
         *
         * @param logProbabilities of each row's label
         */
        Slopes of(double[] logProbabilities);
    }

    /**
     * A loss and its derivatives.
     *
     * @param value the loss
     * @param slopes its derivative with respect to the log-probability of each row's label
     */
    @SuppressWarnings("ArrayRecordComponent") // handed to native memory as they are
    public record Slopes(double value, double[] slopes) {}

    /**
     * Computes a loss of the log-probabilities of all rows with its gradients; the logits are
     * formed twice, once for the loss and once for its gradients.
     *
     * @param scope who owns the result
     * @param hidden the last layer's hidden states [N, H]
     * @param rows at least one
     * @param trainable what trains anywhere in the model
     * @param loss the loss
     * @return a float64 scalar
     */
    public NDArray withGradients(
            NDManager scope,
            Pass pass,
            NDArray hidden,
            LabelledRows rows,
            List<NDArray> trainable,
            OfLogProbabilities loss) {
        Slopes found;
        try (NDManager inner = scope.newSubManager()) {
            NDArray fixed = hidden.stopGradient();
            fixed.attach(inner);
            found = loss.of(logProbabilities(pass, fixed, rows));
        }
        int[] from = {0};
        return withGradients(
                scope,
                pass,
                hidden,
                rows,
                trainable,
                null,
                (logits, labels) -> {
                    int to = from[0] + (int) labels.size();
                    NDArray slopes =
                            labels.getManager()
                                    .create(Arrays.copyOfRange(found.slopes, from[0], to));
                    from[0] = to;
                    return new NDList(
                            labels.getManager().create(0.0),
                            LossGradients.weightedGradient(logits, labels, slopes));
                },
                found.value);
    }

    /**
     * Computes each row's loss, and the gradients of their weighted sum.
     *
     * @param scope who owns the sum
     * @param hidden the last layer's hidden states [N, H]
     * @param rows at least one
     * @param trainable what trains anywhere in the model
     * @param weights of the rows, and of what trains
     * @param losses gets the loss of each row
     * @return the weighted sum, a float64 scalar
     */
    public NDArray weightedWithGradients(
            NDManager scope,
            Pass pass,
            NDArray hidden,
            LabelledRows rows,
            List<NDArray> trainable,
            Weights weights,
            double[] losses) {
        int[] from = {0};
        return withGradients(
                scope,
                pass,
                hidden,
                rows,
                trainable,
                weights,
                (logits, labels) -> {
                    NDList found = LossGradients.crossEntropyRows(logits, labels);
                    double[] each = found.get(0).toDoubleArray();
                    found.get(0).close();
                    double sum = 0;
                    for (double loss : each) {
                        losses[from[0]] = loss;
                        sum += weights.rows[from[0]++] * loss;
                    }
                    return new NDList(labels.getManager().create(sum), found.get(1));
                },
                0);
    }

    /**
     * By what the losses of rows that have adapters of their own are multiplied.
     *
     * @param rows the weight of each row
     * @param tensors the weight of the rows that a trained tensor has a part in
     * @param owners is told the rows of each chunk before it runs, to say whose adapters they have
     */
    @SuppressWarnings("ArrayRecordComponent") // handed to native memory as they are
    public record Weights(
            double[] rows, ToDoubleFunction<NDArray> tensors, Consumer<LabelledRows> owners) {}

    /**
     * Sums the loss with its gradients.
     *
     * @param scope who owns the result
     * @param hidden the last layer's hidden states [N, H]
     * @param rows at least one
     * @param trainable what trains anywhere in the model
     * @return a float64 scalar
     */
    public NDArray sumWithGradients(
            NDManager scope,
            Pass pass,
            NDArray hidden,
            LabelledRows rows,
            List<NDArray> trainable) {
        return withGradients(
                scope, pass, hidden, rows, trainable, null, LossGradients::crossEntropyGradient, 0);
    }

    /** Gives the sum of the chunks' losses, and a constant, the gradients of the chunks. */
    private NDArray withGradients(
            NDManager scope,
            Pass pass,
            NDArray hidden,
            LabelledRows rows,
            List<NDArray> trainable,
            @Nullable Weights weights,
            ChunkLoss ofChunk,
            double constant) {
        StepContext steps = block.loraContext().steps();
        try (NDManager inner = scope.newSubManager()) {
            NDArray kept = take(inner, hidden, rows);
            NDArray fixed = kept.stopGradient();
            NDList parts = new NDList();
            GradientSums head = new GradientSums(trainable, inner);
            NDArray total = inner.create(constant);
            long from = 0;
            for (LabelledRows chunk : chunks(rows)) {
                steps.tokens(chunk.samples(), chunk.positions());
                block.loraContext().active().pick(chunk.places());
                if (weights != null) {
                    weights.owners.accept(chunk);
                }
                long to = from + chunk.count();
                try (NDManager own = inner.newSubManager()) {
                    NDArray part = fixed.get(from + ":" + to);
                    part.attach(own);
                    NDArray labels = own.create(chunk.labels());
                    NDList loss = chunk(own, pass, part, labels, head, ofChunk);
                    total.addi(loss.get(0));
                    parts.add(keep(inner, loss.get(1)));
                }
                from = to;
            }
            NDList xs = new NDList(kept);
            NDArray joined = NDArrays.concat(parts);
            NDList gradients =
                    new NDList(
                            weights == null
                                    ? joined
                                    : LossGradients.weighRows(joined, inner.create(weights.rows)));
            head.forEachFound(
                    (array, gradient) -> {
                        if (weights != null) {
                            Autograd.scale(
                                    new NDList(gradient), weights.tensors.applyAsDouble(array));
                        }
                        xs.add(array);
                        gradients.add(gradient);
                    });
            NDArray sum = Autograd.withGradients(total, xs, gradients);
            sum.attach(scope);
            return sum;
        }
    }

    /** The loss of some logits and labels, and its gradient with respect to the logits. */
    private interface ChunkLoss {
        NDList of(NDArray logits, NDArray labels);
    }

    /** The loss of some rows, and its gradient with respect to them. */
    private NDList chunk(
            NDManager scope,
            Pass pass,
            NDArray rows,
            NDArray labels,
            GradientSums head,
            ChunkLoss ofChunk) {
        Segment segment =
                segments.run(
                        0,
                        scope,
                        (life, inputs) -> new NDList(block.lossLogits(pass, inputs.head())),
                        new NDList(rows),
                        new boolean[] {true});
        NDList outputs = segment.outputs();
        outputs.attach(scope);
        NDList loss = ofChunk.of(outputs.head(), labels);
        outputs.close();
        List<@Nullable NDArray> given = new ArrayList<>();
        given.add(loss.get(1));
        NDArray gradient = Objects.requireNonNull(segment.pullback(given, head).get(0));
        return new NDList(loss.get(0), gradient);
    }

    private static NDArray take(NDManager scope, NDArray hidden, LabelledRows rows) {
        try (NDArray places = scope.create(rows.places());
                NDArray copy = Torch.copy(places)) { // the gradients read it: see Torch.copy
            NDArray taken = Sequences.take(hidden, copy);
            taken.attach(scope);
            return taken;
        }
    }

    private static NDArray keep(NDManager owner, NDArray array) {
        array.attach(owner);
        return array;
    }
}
