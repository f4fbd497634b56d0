/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/** A name, attribute or item that is not there: prints as nothing, fails in most other uses. */
record Undefined(String message) implements Value {
    static Undefined name(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    static Undefined attribute(Value owner, String name) {
        return new Undefined(described(owner) + " has no attribute '" + name + "'");
    }

    static Undefined item(Value owner, Value key) {
        return key instanceof StrValue name
                ? attribute(owner, name.text())
                : new Undefined(described(owner) + " has no element " + Printer.key(key));
    }

    private static String described(Value owner) {
        return owner instanceof None ? "'None'" : "'" + owner.typeName() + " object'";
    }

    Failure failure() {
        return Failure.undefined(message);
    }

    @Override
    public String typeName() {
        return "Undefined";
    }

    @Override
    public boolean truth() {
        return false;
    }

    /** All undefined values are equal, whatever is missing. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Undefined;
    }

    @Override
    public int hashCode() {
        return Undefined.class.hashCode();
    }
}
