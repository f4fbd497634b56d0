/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Printer;
import org.lora4j.jinja.python.Value;

/** One rendering under way: its scopes, its output and what it may still cost. */
public final class Execution {
    /** A part of the output. */
    public record Span(int start, int end) {}

    /** Macros, recursive loops and blocks that capture their output, inside one another. */
    private static final int MAX_DEPTH = 100;

    private final Budget budget;
    private final StringBuilder output = new StringBuilder();
    private final List<Span> generation = new ArrayList<>();
    private StringBuilder out = output;
    private Scope scope;
    private int line = 1;
    private int depth;
    private boolean lostGeneration;

    /**
     * A rendering before its start.
     *
     * @param budget what it may cost
     * @param variables what the template sees by name
     */
    public Execution(Budget budget, Map<String, Value> variables) {
        this.budget = budget;
        this.scope = new Scope(Scope.of(variables));
    }

    /** The line that is being rendered. */
    public int line() {
        return line;
    }

    public String output() {
        return output.toString();
    }

    /** Where the generation blocks lie in the output. */
    public List<Span> generation() {
        return generation;
    }

    /** Whether a generation block lies in a text that was captured, hence has no place. */
    public boolean lostGeneration() {
        return lostGeneration;
    }

    Budget budget() {
        return budget;
    }

    Scope scope() {
        return scope;
    }

    void at(int current) {
        line = current;
    }

    void print(Value value) {
        write(Printer.str(budget, value));
    }

    void write(String text) {
        out.append(budget.made(text));
    }

    /** Runs something in another scope. */
    void in(Scope inner, Runnable body) {
        Scope before = scope;
        scope = inner;
        try {
            body.run();
        } finally {
            scope = before;
        }
    }

    /** Renders a body, in a scope, to a text instead of to the output. */
    Value capture(Scope inner, Runnable body) {
        if (depth >= MAX_DEPTH) {
            throw Failure.of(
                    "RecursionError", "more than " + MAX_DEPTH + " calls inside one another");
        }
        StringBuilder before = out;
        StringBuilder captured = new StringBuilder();
        out = captured;
        depth++;
        try {
            in(inner, body);
        } finally {
            depth--;
            out = before;
        }
        return new Value.Str(captured.toString());
    }

    /** Renders a generation block and notes where in the output it lies. */
    void generate(Stmt body) {
        int start = out.length();
        in(new Scope(scope), () -> body.run(this));
        if (out == output) {
            generation.add(new Span(start, out.length()));
        } else {
            lostGeneration = true;
        }
    }
}
