/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.lora4j.core.AdapterConfig;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.base.TaskModel;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.model.DecoderFamily;
import org.lora4j.hf.model.ModelTensors;
import org.lora4j.hf.preference.PreferenceBatch;
import org.lora4j.hf.preference.PreferenceTask;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;

/**
 * A decoder for the text that follows a text.
 *
 * @param family its family
 * @param block its blocks
 */
record LanguageModel(DecoderFamily family, CausalLanguageModel block) implements TaskModel {
    /** The task_type of PEFT's files. */
    static final String TASK_TYPE = "CAUSAL_LM";

    @Override
    public List<String> labels() {
        return List.of();
    }

    @Override
    public Map<Class<? extends TrainingBatch>, Supplier<TrainingTask<?>>> trainings(
            LoadedModel model) {
        Map<Class<? extends TrainingBatch>, Supplier<TrainingTask<?>>> own = new LinkedHashMap<>();
        own.put(CausalBatch.class, () -> new CausalLanguageModelTask(model));
        own.put(PreferenceBatch.class, () -> new PreferenceTask(model));
        return own;
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
        architectures.add(family.names().architecture());
        config.add("architectures", architectures);
        boolean tied =
                block.outputPaths().stream()
                        .noneMatch(path -> ModelTensors.plain(block).containsKey(path + ".weight"));
        config.addProperty("tie_word_embeddings", tied);
        config.addProperty("vocab_size", block.vocabularySize());
    }
}
