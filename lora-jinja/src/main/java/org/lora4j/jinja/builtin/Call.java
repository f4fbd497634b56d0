/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.builtin;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Numbers;
import org.lora4j.jinja.python.Printer;
import org.lora4j.jinja.python.Value;

/**
 * One call of a built-in function.
 *
 * @param budget what it may cost
 * @param self the value before a method's dot, a filter's bar or a test's "is"
 * @param bound the arguments in the order of the signature
 * @param given the arguments as they were given
 */
record Call(Budget budget, Value self, List<Value> bound, Arguments given) {
    /** The value before the dot or bar, printed where it is no text. */
    String text() {
        return Printer.str(budget, self);
    }

    Value get(int index) {
        return bound.get(index);
    }

    /** An argument, or null for None. */
    @Nullable Value orNull(int index) {
        return get(index) == Value.None.NONE ? null : get(index);
    }

    boolean truth(int index) {
        return get(index).truth();
    }

    long index(int index) {
        return Numbers.index(get(index));
    }

    /** An argument that must be a text. */
    String text(int index) {
        return text(get(index), given.function() + "() argument " + (index + 1));
    }

    /** An argument, printed where it is no text. */
    String printed(int index) {
        return Printer.str(budget, get(index));
    }

    List<Value> positional() {
        return given.positional();
    }

    Map<String, Value> named() {
        return given.named();
    }

    static String text(Value value, String what) {
        if (value instanceof Value.Str str) {
            return str.text();
        }
        throw Failure.type(what + " must be str, not " + value.typeName());
    }
}
