/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import com.google.gson.JsonObject;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.lora4j.hf.model.ModelConfig;

/**
 * What a saved model has beside its weights.
 *
 * @param config the configuration that it was loaded with
 * @param describe says in config.json what the model is for
 * @param files the small files of its base, or of the adapter that was merged into it
 * @param more the texts of files of its task, by their paths
 * @param ends the tokens with which it learnt to end texts
 */
public record SavedParts(
        ModelConfig config,
        Consumer<JsonObject> describe,
        ModelFiles files,
        Map<String, String> more,
        Set<Integer> ends) {
    /** Copies the collections. */
    public SavedParts {
        more = Map.copyOf(more);
        ends = Set.copyOf(ends);
    }
}
