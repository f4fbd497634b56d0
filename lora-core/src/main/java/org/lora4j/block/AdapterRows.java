/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The adapters of each text of a batch: PEFT's {@code adapter_names}. Immutable.
 *
 * <p>A model that runs a batch with them computes what it would compute of each text alone with the
 * text's adapters, but for the rounding of products of other sizes. The products with the base's
 * weights are shared by all texts; weights that were merged are not used.
 *
 * @param rows for each text, in the order of the batch, which adapters take part
 */
public record AdapterRows(List<AdapterSelection> rows) {
    /** The name that stands for no adapter, as in PEFT. */
    public static final String BASE = "__base__";

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if it is empty
     */
    public AdapterRows {
        rows = List.copyOf(rows);
        if (rows.isEmpty()) {
            throw new IllegalArgumentException(
                    "adapters for no text; expected a selection for each text of a batch");
        }
    }

    /**
     * Returns rows of one adapter each, with weight 1.
     *
     * @param names an adapter's name for each text, or {@link #BASE}
     * @throws IllegalArgumentException if there is none
     */
    public static AdapterRows of(String... names) {
        return of(Arrays.asList(names));
    }

    /** Returns rows of one adapter each, as {@link #of(String...)} does. */
    public static AdapterRows of(List<String> names) {
        return new AdapterRows(names.stream().map(AdapterRows::selection).toList());
    }

    private static AdapterSelection selection(String name) {
        return name.equals(BASE) ? AdapterSelection.none() : AdapterSelection.of(name);
    }

    /** Returns the number of texts. */
    public int size() {
        return rows.size();
    }

    /**
     * Returns the rows of some of the texts.
     *
     * @param which their places, in the order that they are to have
     */
    public AdapterRows at(int... which) {
        return new AdapterRows(Arrays.stream(which).mapToObj(rows::get).toList());
    }

    /** Returns the selections that occur. */
    public Set<AdapterSelection> distinct() {
        return new LinkedHashSet<>(rows);
    }

    /** Returns all adapters that occur, with weight 1 each. */
    AdapterSelection union() {
        Map<String, Double> all = new LinkedHashMap<>();
        for (AdapterSelection each : distinct()) {
            each.weights().keySet().forEach(name -> all.put(name, 1.0));
        }
        return new AdapterSelection(all);
    }
}
