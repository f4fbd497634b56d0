/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.embed;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.lora4j.core.AdapterConfig;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.base.TaskModel;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.model.TextEncoder;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;

/**
 * A model that gives a vector for each text.
 *
 * @param family its family
 * @param block its blocks
 * @param form how hidden states become a vector
 * @param hiddenSize H
 */
public record EmbeddingModel(
        ModelFamily family, TextEncoder block, EmbeddingForm form, int hiddenSize)
        implements TaskModel {
    /** The task_type of PEFT's files. */
    public static final String TASK_TYPE = "FEATURE_EXTRACTION";

    /** Returns what makes the vectors. */
    public TextVectors vectors() {
        return new TextVectors(block, form, hiddenSize);
    }

    @Override
    public List<String> labels() {
        return List.of();
    }

    @Override
    public Map<Class<? extends TrainingBatch>, Supplier<TrainingTask<?>>> trainings(
            LoadedModel model) {
        return Map.of(EmbeddingBatch.class, () -> new EmbeddingTask(model, vectors()));
    }

    @Override
    public String peftTaskType() {
        return TASK_TYPE;
    }

    @Override
    public AdapterConfig asPeft(AdapterConfig config) {
        return config;
    }

    @Override
    public void describe(JsonObject config) {
        JsonArray architectures = new JsonArray();
        architectures.add(family.names().architecture("Model"));
        config.add("architectures", architectures);
        config.addProperty("vocab_size", block.vocabularySize());
        config.remove("num_labels");
        config.remove("id2label");
        config.remove("label2id");
        config.remove("problem_type");
    }

    @Override
    public Map<String, String> files() {
        return EmbeddingFiles.of(form, hiddenSize);
    }
}
