/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.option.TaskKind;
import org.lora4j.cli.terminal.Console;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.text.TextModel;
import org.lora4j.text.table.LabelSet;
import org.lora4j.text.table.SeveralLabels;
import org.lora4j.train.BatchSource;

/**
 * Texts with labels, or with numbers, for the training of a classifier.
 *
 * @param texts the training data
 * @param checked the validation data, if any
 * @param data the options that they were read with
 * @param kind what the labels are: names, several names, numbers, or relevances
 * @param weights how much labels count, or null where all count alike
 * @param newHead whether the model's own labels are ignored, since its head is drawn anew
 */
public record ClassifierData(
        LabelledTexts texts,
        @Nullable LabelledTexts checked,
        DataOptions data,
        TaskKind kind,
        boolean newHead,
        @Nullable String weights)
        implements TrainingData<TextBatch> {
    private static final int MOST_LABELS = 20;
    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]+(\\.[0-9]*)?");

    /** Says how the texts of a file are read, and those of a validation file, if any. */
    public static Reading reading(
            DataOptions data,
            BatchOptions batches,
            @Nullable Path validation,
            TaskKind kind,
            boolean newHead,
            @Nullable String weights) {
        return console ->
                new ClassifierData(
                        LabelledTexts.read(data.file(), data, batches, console),
                        validation == null
                                ? null
                                : LabelledTexts.read(validation, data, batches, console),
                        data,
                        kind,
                        newHead,
                        weights);
    }

    @Override
    public Task task(ModelConfig config) throws IOException {
        return task(newHead ? null : config.labels());
    }

    /**
     * Returns the model's task.
     *
     * @param configured the labels that the model's files name, or null
     */
    public Task task(@Nullable List<String> configured) throws IOException {
        if (kind == TaskKind.REGRESSION || kind == TaskKind.RERANK) {
            texts.requireNumbers().run();
            if (checked != null) {
                checked.requireNumbers().run();
            }
            return kind == TaskKind.RERANK ? Task.reranking() : Task.regression();
        }
        if (kind == TaskKind.MULTI_LABEL) {
            return severalLabels(configured);
        }
        LabelSet labels = LabelSet.forTraining(texts.labels().get(), configured);
        if (labels.size() == 1) {
            throw new IOException(
                    ("%s: every row has the label '%s'; a classifier needs at least two"
                                    + " (--task regression learns numbers)")
                            .formatted(data.file(), labels.names().get(0)));
        }
        if (checked != null) {
            checked.requireLabels().accept(labels);
        }
        return Task.sequenceClassification(labels.names().toArray(String[]::new));
    }

    private Task severalLabels(@Nullable List<String> configured) throws IOException {
        Set<String> found = SeveralLabels.all(texts.labels().get());
        if (found.size() < 2) {
            throw new IOException(
                    "%s: the rows have the labels %s; expected two at least, written as a|b"
                            .formatted(data.file(), found));
        }
        return new Task.MultiLabelClassification(LabelSet.forTraining(found, configured).names());
    }

    @Override
    public BatchSource<TextBatch> training(LoraModel model, Console console) {
        return trainingOf(model, console);
    }

    /** Returns the batches to train any model of texts on, and reports what became of the texts. */
    public BatchSource<TextBatch> trainingOf(TextModel model, Console console) {
        tellLabels(model.labels(), console);
        data.tellPositions(model, console);
        BatchSource<TextBatch> read = texts.training().apply(model);
        if (weights == null) {
            return read;
        }
        if (!(read instanceof TextDataset held)) {
            throw new IllegalArgumentException(
                    "--class-weights needs the texts in memory; expected --stream off");
        }
        float[] chosen =
                weights.equals("balanced")
                        ? held.balancedWeights(model.labels().size())
                        : ClassWeights.parse(weights, LabelSet.of(model.labels()));
        console.say("class weights: " + Arrays.toString(chosen));
        return held.withLabelWeights(chosen);
    }

    /** Shows the labels in the order of the head's rows; fractions are seldom meant as names. */
    private static void tellLabels(List<String> labels, Console console) {
        if (labels.isEmpty()) {
            return;
        }
        String shown = String.join(", ", labels.subList(0, Math.min(labels.size(), MOST_LABELS)));
        String more = labels.size() > MOST_LABELS ? ", ... (" + labels.size() + ")" : "";
        console.say("labels: " + shown + more);
        if (labels.stream().allMatch(NUMBER.asMatchPredicate())
                && labels.stream().anyMatch(label -> label.contains("."))) {
            console.say(
                    "each number, such as %s, is a label of its own; --task regression learns"
                            + " numbers",
                    labels.get(0));
        }
    }

    @Override
    public @Nullable BatchSource<TextBatch> validation(LoraModel model) {
        return validationOf(model);
    }

    /** Returns the batches to validate any model of texts with, or null if there are none. */
    public @Nullable BatchSource<TextBatch> validationOf(TextModel model) {
        return checked == null ? null : checked.evaluation().apply(model);
    }
}
