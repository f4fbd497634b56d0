/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.tree;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.python.Value;

/** The variables of a block, inside those of the blocks around it. */
final class Scope {
    private final @Nullable Scope outer;
    private final Map<String, Value> variables;

    Scope(@Nullable Scope outer, Map<String, Value> variables) {
        this.outer = outer;
        this.variables = variables;
    }

    Scope(Scope outer) {
        this(outer, new HashMap<>());
    }

    void set(String name, Value value) {
        variables.put(name, value);
    }

    Value lookup(String name) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            Value found = scope.variables.get(name);
            if (found != null) {
                return found;
            }
        }
        return Value.Undefined.name(name);
    }
}
