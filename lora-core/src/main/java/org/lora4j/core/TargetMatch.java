/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a configuration selects in a model; an immutable value.
 *
 * @param adapted paths of the modules that get an adapter, in the model's order
 * @param saved paths of the modules that train whole (modules to save), in the model's order; of
 *     two in one another only the outer one
 * @param hits for each listed target name, or the pattern, or "all-linear": how many modules it
 *     selects; in the order listed
 * @param savedHits for each of the modules to save: how many modules it selects; in the order
 *     listed
 * @param unmatched listed names and modules to save that select nothing
 * @param warnings sentences for a log: whatever in the configuration has no effect on this model
 */
public record TargetMatch(
        List<String> adapted,
        List<String> saved,
        Map<String, Integer> hits,
        Map<String, Integer> savedHits,
        List<UnmatchedName> unmatched,
        List<String> warnings) {
    /** Copies the collections. */
    public TargetMatch {
        adapted = List.copyOf(adapted);
        saved = List.copyOf(saved);
        hits = Collections.unmodifiableMap(new LinkedHashMap<>(hits));
        savedHits = Collections.unmodifiableMap(new LinkedHashMap<>(savedHits));
        unmatched = List.copyOf(unmatched);
        warnings = List.copyOf(warnings);
    }
}
