/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The models of a service by their names. Immutable; the models stay their owners'. */
public final class ServedModels {
    private final Map<String, ServedModel> models = new TreeMap<>();

    private ServedModels(Collection<ServedModel> models) {
        for (ServedModel model : models) {
            if (this.models.put(model.name(), model) != null) {
                throw new IllegalArgumentException(
                        "two models are called \"%s\"; expected names of their own"
                                .formatted(model.name()));
            }
        }
    }

    /**
     * Collects models.
     *
     * @param models the models
     * @throws IllegalArgumentException if two have the same name
     */
    public static ServedModels of(Collection<ServedModel> models) {
        return new ServedModels(models);
    }

    /**
     * Returns a model.
     *
     * @param name its name, such as {@code classifier}
     * @throws IllegalArgumentException if there is none of that name
     */
    public ServedModel get(String name) {
        ServedModel found = models.get(name);
        if (found == null) {
            throw new IllegalArgumentException(
                    "no model is called \"%s\"; there are %s".formatted(name, models.keySet()));
        }
        return found;
    }

    /** Returns all of them in the order of their names. */
    public List<ServedModel> all() {
        return List.copyOf(models.values());
    }
}
