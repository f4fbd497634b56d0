/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.builtin;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Value;

/**
 * A table of functions by name. Each is declared by its names and parameters, such as {@code
 * default|d default_value='' boolean=False}, and by what it does with a call.
 */
final class Builtins {
    private record Builtin(Signature signature, Function<Call, Value> body) {}

    private final Map<String, Builtin> all = new HashMap<>();

    /** Adds a function. */
    void add(String declaration, Function<Call, Value> body) {
        int end = (declaration + " ").indexOf(' ');
        Signature signature = Signature.of(declaration.substring(end));
        for (String name : declaration.substring(0, end).split("\\|", -1)) {
            all.put(name, new Builtin(signature, body));
        }
    }

    /** Adds a function that makes a text; of what safe and escape gave it makes the same. */
    void text(String declaration, Function<Call, String> body) {
        add(
                declaration,
                call -> {
                    String text = body.apply(call);
                    return call.self() instanceof Value.Markup
                            ? new Value.Markup(text)
                            : new Value.Str(text);
                });
    }

    /** Adds a function that answers a question. */
    void test(String declaration, Predicate<Call> body) {
        add(declaration, call -> Value.Bool.of(body.test(call)));
    }

    /** Adds functions of another table. */
    void from(Builtins other, String names) {
        for (String name : names.split(" ", -1)) {
            all.put(name, other.all.get(name));
        }
    }

    /** Adds names of Jinja or Python that this interpreter does not have. */
    void refuse(String what, String names) {
        fail(names, name -> Failure.unsupported(what.formatted(name)));
    }

    /** Adds methods that would change their object. */
    void forbid(String type, String names) {
        String message = "access to attribute '%s' of '%s' object is unsafe.";
        fail(names, name -> Failure.of("SecurityError", message, name, type));
    }

    private void fail(String names, Function<String, Failure> reason) {
        for (String name : names.split(" ", -1)) {
            add(
                    name + " *",
                    call -> {
                        throw reason.apply(name);
                    });
        }
    }

    boolean contains(String name) {
        return all.containsKey(name);
    }

    /** Calls a function, or returns null if there is none of that name. */
    @Nullable Value call(Budget budget, String name, Value self, Arguments arguments) {
        Value.Function found = method(name, self);
        return found == null ? null : found.call(budget, arguments);
    }

    /** The function of a name as a method of a value, or null. */
    Value.@Nullable Function method(String name, Value self) {
        Builtin found = all.get(name);
        if (found == null) {
            return null;
        }
        return new Value.Function(
                name,
                (budget, arguments) ->
                        found.body.apply(found.signature.bind(budget, self, arguments)));
    }

    Iterable<String> names() {
        return all.keySet();
    }
}
