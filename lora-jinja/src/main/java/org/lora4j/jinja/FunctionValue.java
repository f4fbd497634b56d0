/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/** A function or bound method. */
record FunctionValue(String name, Body body) implements Value {
    /** What a call does. */
    @FunctionalInterface
    interface Body {
        Value call(Execution run, Arguments arguments);
    }

    @Override
    public String typeName() {
        return "function";
    }

    @Override
    public boolean truth() {
        return true;
    }
}
