/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.family;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.hf.model.TrainableParameters;

/**
 * What an adapter would train of a model.
 *
 * @param added by the path of an adapted module, how many numbers train there beside the base's; a
 *     soft prompt is beside the word table
 * @param saved by the path of a module that trains whole, how many it has
 * @param biases how many numbers the trained biases of other modules have
 * @param origin how many numbers an adapter keeps as they begin: of PiSSA and OLoRA what is taken
 *     off the base, of MiCA its B
 * @param parameters the sums
 */
public record AdapterCount(
        Map<String, Long> added,
        Map<String, Long> saved,
        long biases,
        long origin,
        TrainableParameters parameters) {
    /** Copies the maps, in order. */
    public AdapterCount {
        added = Collections.unmodifiableMap(new LinkedHashMap<>(added));
        saved = Collections.unmodifiableMap(new LinkedHashMap<>(saved));
    }
}
