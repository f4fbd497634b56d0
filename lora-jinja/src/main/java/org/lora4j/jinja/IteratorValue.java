/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.Iterator;

/**
 * What the filters map, select, reject, unique and their kin give: Python's generator. It is true
 * even when empty, has no length and no positions, and is used up by the first loop over it.
 */
record IteratorValue(String typeName, Iterator<Value> rest) implements Value {
    static IteratorValue generator(Iterator<Value> rest) {
        return new IteratorValue("generator", rest);
    }

    @Override
    public boolean truth() {
        return true;
    }
}
