/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** What {@code namespace()} gives: attributes that inner scopes may set. */
record Namespace(Map<String, Value> attributes) implements Value {
    static Namespace empty() {
        return new Namespace(new LinkedHashMap<>());
    }

    /** Sets an attribute. */
    void set(String name, Value value) {
        if (name.startsWith("_")) {
            throw Failure.of(
                    "SecurityError",
                    "Chat templates cannot store underscore-prefixed attributes on a namespace, but"
                            + " got '"
                            + name
                            + "'.");
        }
        attributes.put(name, value);
    }

    @Override
    public String typeName() {
        return "Namespace";
    }

    @Override
    public boolean truth() {
        return true;
    }
}
