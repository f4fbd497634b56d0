/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/**
 * What the filters safe and escape give. It can be printed; every other use is refused, because
 * Python would from there on escape the texts it is joined with.
 */
record Markup(String text) implements Value {
    @Override
    public String typeName() {
        return "Markup";
    }

    @Override
    public boolean truth() {
        return !text.isEmpty();
    }
}
