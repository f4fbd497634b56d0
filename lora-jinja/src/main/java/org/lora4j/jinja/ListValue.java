/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.List;

/** A list; templates cannot change one. */
record ListValue(List<Value> items) implements Value {
    @Override
    public String typeName() {
        return "list";
    }

    @Override
    public boolean truth() {
        return !items.isEmpty();
    }
}
