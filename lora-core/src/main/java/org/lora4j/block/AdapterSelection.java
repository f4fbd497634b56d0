/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which adapters take part in a forward pass, and with what weight each delta is added. Immutable.
 *
 * @param weights adapter name to weight, in order; empty means the base alone
 */
public record AdapterSelection(Map<String, Double> weights) {
    private static final AdapterSelection NONE = new AdapterSelection(Map.of());

    /**
     * Copies the weights.
     *
     * @throws IllegalArgumentException if a weight is not finite
     */
    public AdapterSelection {
        for (Map.Entry<String, Double> entry : weights.entrySet()) {
            if (!Double.isFinite(entry.getValue())) {
                throw new IllegalArgumentException(
                        "the weight of adapter \"%s\" is %s; expected a finite number"
                                .formatted(entry.getKey(), entry.getValue()));
            }
        }
        weights = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(weights));
    }

    /** Returns the selection of no adapter: the base alone. */
    public static AdapterSelection none() {
        return NONE;
    }

    /**
     * Returns the selection of adapters with weight 1 each.
     *
     * @param names adapter names
     */
    public static AdapterSelection of(String... names) {
        Map<String, Double> weights = new LinkedHashMap<>();
        for (String name : List.of(names)) {
            weights.put(name, 1.0);
        }
        return new AdapterSelection(weights);
    }

    /** Returns whether no adapter takes part. */
    public boolean isEmpty() {
        return weights.isEmpty();
    }
}
