/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.template;

/** A text; positions and lengths in it are counted in code points, as in Python. */
record StrValue(String text) implements Value {
    static final StrValue EMPTY = new StrValue("");

    @Override
    public String typeName() {
        return "str";
    }

    @Override
    public boolean truth() {
        return !text.isEmpty();
    }
}
