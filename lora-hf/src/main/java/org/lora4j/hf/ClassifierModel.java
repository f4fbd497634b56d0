/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.lora4j.block.LoraContext;
import org.lora4j.core.AdapterConfig;
import org.lora4j.hf.adapter.PeftHeads;
import org.lora4j.hf.base.CheckpointHead;
import org.lora4j.hf.base.ConfigLabels;
import org.lora4j.hf.base.HeadTask;
import org.lora4j.hf.base.HeadUse;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.base.TaskModel;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.text.TextTarget;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;

/**
 * A model with a head for labels, or for a number.
 *
 * @param family its family
 * @param block its blocks
 * @param labels the labels' names; empty for a number
 * @param target what it says of each text
 */
record ClassifierModel(
        ModelFamily family, SequenceClassifier block, List<String> labels, TextTarget target)
        implements TaskModel {
    /** The task_type of PEFT's files. */
    static final String TASK_TYPE = "SEQ_CLS";

    /** What sentence-transformers keeps of a cross-encoder in config.json. */
    static final String CROSS_ENCODER = "sentence_transformers";

    static ClassifierModel build(
            Task task,
            ModelFamily family,
            ModelConfig config,
            Checkpoint weights,
            LoraContext context,
            Path directory,
            HeadUse use)
            throws IOException {
        CheckpointHead head = CheckpointHead.of(config, weights, family.classifierOutput());
        HeadTask wanted = wanted(task);
        List<String> labels = head.labels(wanted, use, directory);
        int classes = Math.max(1, labels.size());
        return new ClassifierModel(
                family,
                family.sequenceClassifier(config, weights, classes, context),
                labels,
                TextTarget.valueOf(wanted.kind().name()));
    }

    private static HeadTask wanted(Task task) {
        if (task instanceof Task.SequenceClassification classes) {
            return new HeadTask(HeadTask.Kind.LABEL, classes.labels());
        }
        if (task instanceof Task.MultiLabelClassification several) {
            return new HeadTask(HeadTask.Kind.LABELS, several.labels());
        }
        return new HeadTask(
                task instanceof Task.Reranking ? HeadTask.Kind.RELEVANCE : HeadTask.Kind.NUMBER,
                List.of());
    }

    @Override
    public Map<Class<? extends TrainingBatch>, Supplier<TrainingTask<?>>> trainings(
            LoadedModel model) {
        return Map.of(TextBatch.class, () -> new SequenceClassificationTask(model));
    }

    @Override
    public String peftTaskType() {
        return TASK_TYPE;
    }

    @Override
    public AdapterConfig asPeft(AdapterConfig config) {
        return PeftHeads.with(config);
    }

    @Override
    public void describe(JsonObject config) {
        String architecture = family.names().architecture("ForSequenceClassification");
        List<String> names = labels.isEmpty() ? List.of("LABEL_0") : labels;
        ConfigLabels.write(config, architecture, block.vocabularySize(), names);
        config.remove(CROSS_ENCODER);
        switch (target) {
            case LABEL -> config.addProperty("problem_type", "single_label_classification");
            case LABELS -> config.addProperty("problem_type", "multi_label_classification");
            case NUMBER -> config.addProperty("problem_type", "regression");
            case SPAN -> config.remove("problem_type");
            case RELEVANCE -> {
                config.remove("problem_type"); // of one label it would mean a regression
                JsonObject scores = new JsonObject();
                scores.addProperty("activation_fn", "torch.nn.modules.activation.Sigmoid");
                config.add(CROSS_ENCODER, scores);
            }
        }
    }
}
