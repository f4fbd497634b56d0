/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** One rendering under way: its scopes, its output and what it may still do. */
final class Execution {
    /** Macros, recursive loops and blocks that capture their output, inside one another. */
    private static final int MAX_DEPTH = 100;

    private final Budget budget;
    private final LocalDateTime now;
    private final StringBuilder output = new StringBuilder();
    private final List<Rendering.Span> generation = new ArrayList<>();
    private StringBuilder out = output;
    private Scope scope;
    private int line = 1;
    private int depth;
    private boolean lostGeneration;

    Execution(TemplateLimits limits, LocalDateTime now, Scope variables) {
        this.budget = new Budget(limits);
        this.now = now;
        this.scope = variables;
    }

    Budget budget() {
        return budget;
    }

    LocalDateTime now() {
        return now;
    }

    Scope scope() {
        return scope;
    }

    int line() {
        return line;
    }

    /** Notes the line that is being rendered. */
    void at(int current) {
        line = current;
    }

    Value lookup(String name) {
        Value found = scope.find(name);
        return found == null ? Undefined.name(name) : found;
    }

    void write(String text) {
        out.append(budget.made(text));
    }

    /** Runs something in another scope. */
    <T> T in(Scope inner, Supplier<T> body) {
        Scope before = scope;
        scope = inner;
        try {
            return body.get();
        } finally {
            scope = before;
        }
    }

    /** Renders a body, in a scope, to a text instead of to the output. */
    String capture(Scope inner, Consumer<Execution> body) {
        if (depth >= MAX_DEPTH) {
            throw Failure.of(
                    "RecursionError", "more than " + MAX_DEPTH + " calls inside one another");
        }
        StringBuilder before = out;
        out = new StringBuilder();
        depth++;
        try {
            return in(
                    inner,
                    () -> {
                        body.accept(this);
                        return out.toString();
                    });
        } finally {
            depth--;
            out = before;
        }
    }

    /** Renders a generation block and notes where in the output it lies. */
    void generation(Stmt body) {
        int start = out.length();
        in(
                new Scope(scope),
                () -> {
                    body.run(this);
                    return None.NONE;
                });
        if (out == output) {
            generation.add(new Rendering.Span(start, out.length()));
        } else {
            lostGeneration = true;
        }
    }

    Rendering rendering() {
        return new Rendering(output.toString(), List.copyOf(generation), !lostGeneration);
    }
}
