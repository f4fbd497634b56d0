/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.List;

/** What a dict's keys(), values() and items() give: it has a length, but no positions. */
record ViewValue(String typeName, List<Value> items) implements Value {
    @Override
    public boolean truth() {
        return !items.isEmpty();
    }
}
