/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/** A double. */
record FloatValue(double value) implements Value {
    @Override
    public String typeName() {
        return "float";
    }

    @Override
    public boolean truth() {
        return value != 0;
    }
}
