/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.AdapterConfig;
import org.lora4j.hf.model.ModelRoot;
import org.lora4j.text.TextTarget;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;

/** A model built for a task: the root of its blocks, and what follows from the task. */
public interface TaskModel {
    /** Returns the root of the blocks. */
    ModelRoot block();

    /** Returns the labels' names; none for a regression and a language model. */
    List<String> labels();

    /** Returns what lora4j.json says of the outputs where nothing else tells, or null. */
    default @Nullable String problem() {
        return switch (target()) {
            case LABELS -> "labels";
            case RELEVANCE -> "relevance";
            case LABEL, NUMBER, SPAN -> null;
        };
    }

    /** Returns what the model says of each text, if it is one of texts. */
    default TextTarget target() {
        return labels().isEmpty() ? TextTarget.NUMBER : TextTarget.LABEL;
    }

    /**
     * Returns the trainings of the model by the kind of batch that each runs on; the usual one
     * comes first.
     *
     * @param model the model with these blocks
     */
    Map<Class<? extends TrainingBatch>, Supplier<TrainingTask<?>>> trainings(LoadedModel model);

    /** Returns the task_type of PEFT's files. */
    String peftTaskType();

    /** Returns a configuration as PEFT would write it for this task. */
    AdapterConfig asPeft(AdapterConfig config);

    /** Returns files that say more of the task, each text by its path below the folder. */
    default Map<String, String> files() {
        return Map.of();
    }

    /** Writes what config.json says of the task. */
    void describe(JsonObject config);
}
