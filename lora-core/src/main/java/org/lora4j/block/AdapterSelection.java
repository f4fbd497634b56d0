/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which adapters take part in a forward pass, and with what weight each delta is added. Immutable.
 *
 * <p>The order counts where one of them has DoRA, which rescales what those before it have added,
 * as in PEFT; elsewhere it moves the last digits. It is the order of the given map; a map of {@link
 * Map#of}, whose order differs from one run to the next, is taken in the order of the names.
 *
 * @param weights adapter name to weight; empty means the base alone
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
        boolean isDrawn = Map.copyOf(weights) == weights; // it differs from one run to the next
        weights =
                Collections.unmodifiableMap(
                        new LinkedHashMap<>(isDrawn ? new TreeMap<>(weights) : weights));
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
