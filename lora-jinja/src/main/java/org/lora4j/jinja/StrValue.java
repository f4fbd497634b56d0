/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/** A text; positions and lengths in it are counted in code points, as in Python. */
record StrValue(String text) implements Value, Comparable<StrValue> {
    static final StrValue EMPTY = new StrValue("");

    /** Any total order: with it a map stays fast whatever the hashes of its keys are. */
    @Override
    public int compareTo(StrValue other) {
        return text.compareTo(other.text);
    }

    @Override
    public String typeName() {
        return "str";
    }

    @Override
    public boolean truth() {
        return !text.isEmpty();
    }
}
