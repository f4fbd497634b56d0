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
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;

/**
 * A model with a head for labels, or for a number.
 *
 * @param family its family
 * @param block its blocks
 * @param labels the labels' names; empty for a regression
 */
record ClassifierModel(ModelFamily family, SequenceClassifier block, List<String> labels)
        implements TaskModel {
    /** The task_type of PEFT's files. */
    static final String TASK_TYPE = "SEQ_CLS";

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
        HeadTask wanted =
                task instanceof Task.SequenceClassification classes
                        ? new HeadTask(HeadTask.Kind.LABEL, classes.labels())
                        : new HeadTask(HeadTask.Kind.NUMBER, List.of());
        List<String> labels = head.labels(wanted, use, directory);
        int classes = Math.max(1, labels.size());
        return new ClassifierModel(
                family, family.sequenceClassifier(config, weights, classes, context), labels);
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
        JsonArray architectures = new JsonArray();
        architectures.add(family.names().architecture("ForSequenceClassification"));
        config.add("architectures", architectures);
        config.addProperty("vocab_size", block.vocabularySize());
        ConfigLabels.write(config, labels.isEmpty() ? List.of("LABEL_0") : labels);
        config.addProperty(
                "problem_type", labels.isEmpty() ? "regression" : "single_label_classification");
    }
}
