/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether served models can predict.
 *
 * @param state the worst of all models
 * @param details what there is to say of each model, by its name
 */
record ModelHealth(State state, Map<String, Map<String, Object>> details) {
    /** How a model is. */
    enum State {
        /** It can predict. */
        UP,

        /** It waits for an adapter with the head that its checkpoint lacks. */
        WAITING,

        /** It is closed. */
        CLOSED
    }

    static ModelHealth of(ServedModels models) {
        State worst = State.UP;
        Map<String, Map<String, Object>> details = new LinkedHashMap<>();
        for (ServedModel model : models.all()) {
            State state = state(model);
            worst = state.compareTo(worst) > 0 ? state : worst;
            details.put(model.name(), details(model, state));
        }
        return new ModelHealth(worst, details);
    }

    private static State state(ServedModel model) {
        try {
            boolean without = model.model().adapterNames().isEmpty() && !model.hasTenants();
            boolean lacks = !model.model().drawnLayers().isEmpty();
            return without && lacks ? State.WAITING : State.UP;
        } catch (IllegalStateException e) {
            return State.CLOSED;
        }
    }

    private static Map<String, Object> details(ServedModel model, State state) {
        Map<String, Object> all = new LinkedHashMap<>();
        ServedAdapter adapter = model.adapter();
        all.put("version", adapter.version());
        Path directory = adapter.directory();
        if (directory != null) {
            all.put("adapter", directory.toString());
        }
        all.put("since", adapter.since().toString());
        @Nullable String problem =
                switch (state) {
                    case UP -> model.failure();
                    case WAITING ->
                            "the checkpoint has no head; replaceAdapter with one that was trained";
                    case CLOSED -> "the model is closed";
                };
        if (problem != null) {
            all.put("problem", problem);
        }
        return all;
    }
}
