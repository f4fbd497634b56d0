/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.score;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lora4j.text.TextTarget;
import org.lora4j.text.table.SeveralLabels;
import org.lora4j.torch.Torch;
import org.lora4j.train.Evaluation;
import org.lora4j.train.metric.HeadOutputs;
import org.lora4j.train.metric.Predictions;

/**
 * Judges the outputs for a batch of texts: by cross-entropy over labels, by the binary
 * cross-entropy of each label or of a relevance, or by the squared error of one number.
 *
 * @param target what is predicted
 * @param labels the labels' names in the order of the outputs; none where one number is predicted
 */
public record TextScores(TextTarget target, List<String> labels) {
    /** Takes what is predicted of a text. */
    public interface Receiver {
        /**
         * Takes one.
         *
         * @param text the text's place in the data
         * @param label the label's name; of a regression the number as text
         * @param outputs the outputs [C]
         */
        void take(int text, String label, List<Float> outputs);
    }

    /** Copies the list. */
    public TextScores {
        labels = List.copyOf(labels);
    }

    /**
     * Judges labels, or numbers where there are none.
     *
     * @param labels the labels' names in the order of the outputs
     */
    public TextScores(List<String> labels) {
        this(labels.isEmpty() ? TextTarget.NUMBER : TextTarget.LABEL, labels);
    }

    private boolean isRegression() {
        return labels.isEmpty();
    }

    /**
     * Sums the loss.
     *
     * @param scope gets the targets
     * @param logits [B, C]
     * @param targets label ids, or numbers [B]
     */
    public NDArray loss(NDManager scope, NDArray logits, float[] targets) {
        if (target == TextTarget.LABELS || target == TextTarget.RELEVANCE) {
            NDArray wanted = scope.create(targets, logits.getShape());
            return Torch.divide(
                    Torch.binaryCrossEntropySum(logits, wanted), (double) logits.getShape().get(1));
        }
        if (isRegression()) {
            return Torch.squaredErrorSum(logits.flatten(), scope.create(targets));
        }
        return Torch.crossEntropySum(logits, scope.create(ids(targets)));
    }

    /**
     * Sums the loss of texts that weigh differently: N Σ w l / Σ w, N times PyTorch's weighted
     * mean.
     *
     * @param weights w of each text [B]; empty where all weigh alike
     */
    public NDArray loss(NDManager scope, NDArray logits, float[] targets, float[] weights) {
        if (weights.length == 0) {
            return loss(scope, logits, targets);
        }
        return Torch.weightedCrossEntropySum(
                logits, scope.create(ids(targets)), scope.create(weights));
    }

    private static long[] ids(float[] targets) {
        long[] ids = new long[targets.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (long) targets[i];
        }
        return ids;
    }

    /**
     * Measures a batch.
     *
     * @param scope gets the targets
     * @param logits [B, C]
     * @param targets label ids, or numbers [B]
     * @throws IllegalArgumentException if there are no targets
     */
    public Evaluation evaluate(NDManager scope, NDArray logits, float[] targets) {
        if (targets.length == 0) {
            throw new IllegalArgumentException(
                    "the texts have no labels, so nothing can be measured; expected"
                            + " TextDataset.forEvaluation(...)");
        }
        double sum = loss(scope, logits, targets).getFloat();
        long texts = logits.getShape().get(0);
        float[] values = logits.toFloatArray();
        HeadOutputs outputs = new HeadOutputs((int) texts, values, targets);
        return new Evaluation(sum, texts, predictions(values, targets), outputs);
    }

    private Predictions predictions(float[] values, float[] targets) {
        if (isRegression()) {
            double[] predicted = new double[values.length];
            double[] truth = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                predicted[i] = values[i];
                truth[i] = targets[i];
            }
            return Predictions.values(predicted, truth);
        }
        int classes = labels.size();
        if (target == TextTarget.LABELS) {
            return LabelCounts.of(values, targets, classes);
        }
        int[] predicted = new int[targets.length];
        int[] truth = new int[targets.length];
        for (int row = 0; row < predicted.length; row++) {
            predicted[row] = best(values, row * classes, classes);
            truth[row] = (int) targets[row];
        }
        return Predictions.classes(predicted, truth);
    }

    /**
     * Tells what is predicted of each text of a batch.
     *
     * @param texts the texts' places in the data [B]
     * @param values the outputs [B, C]
     * @param receiver takes each
     * @throws IllegalStateException if an output is NaN
     */
    public void tell(int[] texts, float[] values, Receiver receiver) {
        int classes = values.length / texts.length;
        for (int row = 0; row < texts.length; row++) {
            List<Float> outputs = new ArrayList<>(classes);
            for (int c = 0; c < classes; c++) {
                outputs.add(number(values[row * classes + c], texts[row]));
            }
            receiver.take(texts[row], label(outputs, values, row * classes, classes), outputs);
        }
    }

    private String label(List<Float> outputs, float[] values, int from, int classes) {
        if (target == TextTarget.LABELS) {
            return IntStream.range(0, classes)
                    .filter(i -> outputs.get(i) > 0)
                    .mapToObj(labels::get)
                    .collect(Collectors.joining(SeveralLabels.SEPARATOR));
        }
        return isRegression() ? outputs.get(0).toString() : labels.get(best(values, from, classes));
    }

    /** Returns the index of the largest of some values, the first of equals. */
    public static int best(float[] values, int from, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (values[from + i] > values[from + best]) {
                best = i;
            }
        }
        return best;
    }

    /** NaN is neither above nor below another output, so the first label would seem chosen. */
    private static float number(float output, int text) {
        if (Float.isNaN(output)) {
            throw broken("the output for text " + (text + 1) + " is NaN; expected finite ones");
        }
        return output;
    }

    /** Returns the failure of a model whose outputs are no numbers. */
    public static IllegalStateException broken(String what) {
        return new IllegalStateException(
                what
                        + ". The model's weights or an adapter's are broken, or overflow in their"
                        + " precision (float16?)");
    }
}
