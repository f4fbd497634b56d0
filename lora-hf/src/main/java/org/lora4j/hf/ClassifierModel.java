/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.core.LoraConfig;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;

/**
 * An encoder with a head for labels, or for a number.
 *
 * @param family its family
 * @param block its blocks
 * @param labels the labels' names; empty for a regression
 */
record ClassifierModel(EncoderFamily family, SequenceClassifier block, List<String> labels)
        implements TaskModel {
    /** The task_type of PEFT's files. */
    static final String TASK_TYPE = "SEQ_CLS";

    static ClassifierModel build(
            Task task,
            EncoderFamily family,
            ModelConfig config,
            Checkpoint weights,
            LoraContext context,
            Path directory)
            throws IOException {
        List<String> labels = labels(task, config, family, weights, directory);
        int classes = Math.max(1, labels.size());
        return new ClassifierModel(
                family, family.sequenceClassifier(config, weights, classes, context), labels);
    }

    private static List<String> labels(
            Task task, ModelConfig config, EncoderFamily family, Checkpoint weights, Path directory)
            throws IOException {
        String head = family.classifierOutput() + ".weight";
        int rows = weights.has(head) ? weights.rows(head) : 0;
        if (rows > 0 && config.string("problem_type", "").equals("multi_label_classification")) {
            throw new IOException(
                    directory
                            + ": problem_type is multi_label_classification, which is not"
                            + " supported; expected one label for each text");
        }
        if (task instanceof Task.Regression) {
            requireRows(directory, head, rows, 1);
            return List.of();
        }
        List<String> asked = ((Task.SequenceClassification) task).labels();
        if (!asked.isEmpty()) {
            requireRows(directory, head, rows, asked.size());
            return asked;
        }
        if (rows == 0) {
            throw new IOException(
                    directory
                            + ": the checkpoint has no classification head ("
                            + head
                            + "), so it cannot say which labels there are; name them with"
                            + " Task.sequenceClassification(\"negative\", \"positive\")");
        }
        if (rows == 1) {
            throw new IOException(
                    directory
                            + ": the checkpoint's head "
                            + head
                            + " has one output, so it predicts a number; expected"
                            + " Task.regression()");
        }
        List<String> configured = config.labels();
        if (configured != null && configured.size() == rows) {
            return configured;
        }
        List<String> numbered = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            numbered.add("LABEL_" + i);
        }
        return numbered;
    }

    private static void requireRows(Path directory, String head, int found, int wanted)
            throws IOException {
        if (found != 0 && found != wanted) {
            throw new IOException(
                    directory
                            + ": the checkpoint's head "
                            + head
                            + " has "
                            + found
                            + " outputs and the task needs "
                            + wanted
                            + "; use the checkpoint's labels, or a checkpoint without a head");
        }
    }

    @Override
    public Task task() {
        return labels.isEmpty() ? Task.regression() : new Task.SequenceClassification(labels);
    }

    @Override
    public Class<? extends TrainingBatch> batches() {
        return TextBatch.class;
    }

    @Override
    public TrainingTask<?> trainingTask(LoadedModel model) {
        return new SequenceClassificationTask(block, labels, model.manager());
    }

    @Override
    public String peftTaskType() {
        return TASK_TYPE;
    }

    @Override
    public LoraConfig asPeft(LoraConfig config) {
        return PeftHeads.with(config);
    }

    @Override
    public void describe(JsonObject config) {
        JsonArray architectures = new JsonArray();
        architectures.add(family.classifierArchitecture());
        config.add("architectures", architectures);
        JsonObject names = new JsonObject();
        JsonObject ids = new JsonObject();
        List<String> shown = labels.isEmpty() ? List.of("LABEL_0") : labels;
        for (int i = 0; i < shown.size(); i++) {
            names.addProperty(Integer.toString(i), shown.get(i));
            ids.addProperty(shown.get(i), i);
        }
        config.add("id2label", names);
        config.add("label2id", ids);
        config.addProperty(
                "problem_type", labels.isEmpty() ? "regression" : "single_label_classification");
    }
}
