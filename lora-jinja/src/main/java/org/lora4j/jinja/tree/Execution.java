/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lora4j.jinja.builtin.Globals;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Printer;
import org.lora4j.jinja.python.Value;

/** The state of one rendering: its scopes, its output and its budget. */
public final class Execution {
    /** A range of chars of the output. */
    public record Span(int start, int end) {}

    /** The most macros, recursive loops and captured blocks inside one another. */
    private static final int MAX_DEPTH = 100;

    private final Budget budget;
    private final StringBuilder output = new StringBuilder();
    private final List<Span> generation = new ArrayList<>();
    private StringBuilder out = output;
    private Scope scope;
    private int line = 1;
    private int depth;
    private boolean lostGeneration;

    public Execution(Budget budget, Map<String, Value> variables) {
        this.budget = budget;
        this.scope = new Scope(new Scope(new Scope(null, Globals.functions()), variables));
    }

    /** The line that is being rendered. */
    public int line() {
        return line;
    }

    public String output() {
        return output.toString();
    }

    /** The parts of the output that generation blocks rendered, in order. */
    public List<Span> generation() {
        return generation;
    }

    /** Whether a generation block was rendered into captured text, so that it has no span. */
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

    /** Runs a body in a scope and returns what it writes instead of adding it to the output. */
    Value capture(Scope inner, Runnable body) {
        if (depth >= MAX_DEPTH) {
            throw Failure.of(
                    "RecursionError", "more than " + MAX_DEPTH + " calls inside one another");
        }
        StringBuilder before = out;
        out = new StringBuilder();
        depth++;
        try {
            in(inner, body);
            return new Value.Str(out.toString());
        } finally {
            depth--;
            out = before;
        }
    }

    /** Runs the body of a generation block and records its span of the output. */
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
