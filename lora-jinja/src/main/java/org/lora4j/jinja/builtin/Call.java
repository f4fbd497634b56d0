/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.builtin;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Numbers;
import org.lora4j.jinja.python.Printer;
import org.lora4j.jinja.python.Sequences;
import org.lora4j.jinja.python.Texts;
import org.lora4j.jinja.python.Value;

/**
 * One call of a built-in function.
 *
 * @param budget what it may cost
 * @param self the value before a method's dot, a filter's bar or a test's "is"
 * @param bound the arguments in the order of the parameters
 * @param given the arguments as they were given
 */
record Call(Budget budget, Value self, List<Value> bound, Arguments given) {
    /** The value before the dot or bar as text. */
    String text() {
        return Printer.str(budget, self);
    }

    /** The items of the value before the dot or bar. */
    List<Value> items() {
        return Sequences.list(budget, self);
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

    /** An argument as text. */
    String printed(int index) {
        return Printer.str(budget, get(index));
    }

    /** An argument that is what to indent by: a text, or a number of spaces. */
    String indent(int index) {
        return get(index) instanceof Value.Str str
                ? str.text()
                : Texts.repeat(budget, " ", index(index));
    }

    /** An argument that is a path, followed from an item. */
    Value path(Value item, int index) {
        return Access.path(budget, item, get(index));
    }

    static String text(Value value, String what) {
        if (value instanceof Value.Str str) {
            return str.text();
        }
        throw Failure.type(what + " must be str, not " + value.typeName());
    }
}
