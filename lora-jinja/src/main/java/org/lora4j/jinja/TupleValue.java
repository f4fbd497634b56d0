/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.List;

/** A tuple. */
record TupleValue(List<Value> items) implements Value {
    static TupleValue of(Value... items) {
        return new TupleValue(List.of(items));
    }

    @Override
    public String typeName() {
        return "tuple";
    }

    @Override
    public boolean truth() {
        return !items.isEmpty();
    }
}
