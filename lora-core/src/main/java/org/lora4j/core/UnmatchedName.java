/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.List;

/**
 * A listed name that selects no module.
 *
 * @param field the field that lists it: "target modules" or "modules to save"
 * @param name the name, pattern or word as listed
 * @param reason why nothing is selected: "matches nothing", or what took its matches away
 * @param near names of this model that look alike, best first; may be empty
 */
public record UnmatchedName(String field, String name, String reason, List<String> near) {
    /** Copies the list. */
    public UnmatchedName {
        near = List.copyOf(near);
    }

    /**
     * The finding in one sentence.
     *
     * @return field, name, reason and near names
     */
    public String describe() {
        String known = near.isEmpty() ? "" : "; near names: " + String.join(", ", near);
        return "%s: \"%s\" %s%s".formatted(field, name, reason, known);
    }
}
