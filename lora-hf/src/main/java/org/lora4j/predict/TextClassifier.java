/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.predict;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.lora4j.hf.LoraModel;
import org.lora4j.text.TextTarget;

/**
 * Labels texts, with the probability of each label: of one label by softmax, of any number of
 * labels each by the sigmoid, as transformers' pipeline for text classification does. Texts longer
 * than the model's positions are cut.
 *
 * <p>Thread-safe; texts of a call are run together, with the adapters that are active on the
 * calling thread when it begins. The model stays the caller's: where it is closed, calls end with
 * an IllegalStateException.
 */
public final class TextClassifier {
    private final LoraModel model;
    private final TextRuns runs;

    private TextClassifier(LoraModel model, int batchSize) {
        this.model = model;
        this.runs = new TextRuns(model, batchSize);
        model.classifier();
        if (model.labels().isEmpty()) {
            throw new IllegalStateException(
                    "the model gives numbers; expected one that was loaded with"
                            + " Task.sequenceClassification or Task.multiLabelClassification");
        }
    }

    /**
     * Returns a classifier that runs 32 texts at a time.
     *
     * @param model a model with labels of texts
     * @throws IllegalStateException if it has none
     */
    public static TextClassifier of(LoraModel model) {
        return of(model, 32);
    }

    /**
     * Returns a classifier.
     *
     * @param model a model with labels of texts
     * @param batchSize how many texts run together, at least 1
     * @throws IllegalStateException if the model has no labels of texts
     */
    public static TextClassifier of(LoraModel model, int batchSize) {
        return new TextClassifier(model, batchSize);
    }

    /**
     * Labels a text.
     *
     * @param text the text
     * @return every label, the likeliest first
     * @throws IllegalStateException if the model's head was drawn at random, or it is closed
     */
    public List<TextLabel> classify(String text) {
        return classify(List.of(text)).get(0);
    }

    /**
     * Labels texts.
     *
     * @param texts the texts
     * @return of each text every label, the likeliest first
     * @throws IllegalStateException as {@link #classify(String)}
     */
    public List<List<TextLabel>> classify(List<String> texts) {
        return runs.texts(texts).stream().map(this::labels).toList();
    }

    /**
     * Labels pairs of texts.
     *
     * @param pairs the pairs
     * @return of each pair every label, the likeliest first
     * @throws IllegalStateException as {@link #classify(String)}
     */
    public List<List<TextLabel>> classifyPairs(List<TextPair> pairs) {
        return runs.pairs(pairs).stream().map(this::labels).toList();
    }

    /**
     * Returns the probability of each output for a text: by softmax of one label, by the sigmoid of
     * any number of labels and of a relevance.
     *
     * @param target what the outputs stand for
     * @param logits the outputs [C]
     * @return [C]; empty where the outputs stand for numbers or places
     * @throws IllegalStateException if an output is NaN
     */
    public static List<Double> probabilities(TextTarget target, List<Float> logits) {
        List<Double> probabilities = new ArrayList<>();
        if (target == TextTarget.LABEL) {
            float[] outputs = new float[logits.size()];
            for (int i = 0; i < outputs.length; i++) {
                outputs[i] = logits.get(i);
            }
            for (double share : Probabilities.softmax(outputs, 0, outputs.length)) {
                probabilities.add(share);
            }
        } else if (target == TextTarget.LABELS || target == TextTarget.RELEVANCE) {
            logits.forEach(output -> probabilities.add(Probabilities.sigmoid(output)));
        }
        return probabilities;
    }

    private List<TextLabel> labels(float[] outputs) {
        List<Float> logits = new ArrayList<>();
        for (float output : outputs) {
            logits.add(output);
        }
        List<Double> probabilities = probabilities(model.target(), logits);
        List<TextLabel> labels = new ArrayList<>();
        for (int i = 0; i < outputs.length; i++) {
            labels.add(new TextLabel(model.labels().get(i), probabilities.get(i)));
        }
        labels.sort(Comparator.comparingDouble(TextLabel::probability).reversed());
        return labels;
    }
}
