/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.tree;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Comparison;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Sequences;
import org.lora4j.jinja.python.Value;

/** A running for loop, which its body sees as the variable {@code loop}. */
final class LoopValue implements Value.Callable {
    private final Stmt.For statement;
    private final Execution run;
    private final Scope outer;
    private final int depth;
    private List<Value> items = List.of();
    private int index;
    private @Nullable Value lastChanged;

    /** Starts a loop; the depth is 1 for the outermost of a recursive loop. */
    LoopValue(Stmt.For statement, Execution run, int depth) {
        this.statement = statement;
        this.run = run;
        this.outer = run.scope();
        this.depth = depth;
    }

    /** Renders the body for each item that passes the loop's test. */
    void over(Value iterable) {
        items = chosen(Sequences.list(run.budget(), iterable));
        if (items.isEmpty() && statement.otherwise() != null) {
            statement.otherwise().run(run);
        }
        for (int i = 0; i < items.size(); i++) {
            Value item = items.get(i);
            index = i;
            run.budget().step();
            Scope scope = new Scope(outer);
            scope.set("loop", this);
            try {
                run.in(
                        scope,
                        () -> {
                            statement.target().assign(run, item);
                            statement.body().run(run);
                        });
            } catch (Stmt.LoopJump jump) {
                if (jump.leaves()) {
                    break;
                }
            }
        }
    }

    private List<Value> chosen(List<Value> all) {
        Expr test = statement.test();
        if (test == null) {
            return all;
        }
        List<Value> chosen = new ArrayList<>();
        for (Value item : all) {
            run.in(
                    new Scope(outer),
                    () -> {
                        statement.target().assign(run, item);
                        if (test.value(run).truth()) {
                            chosen.add(item);
                        }
                    });
        }
        return chosen;
    }

    /** Renders the same loop over other items, as text. */
    @Override
    public Value call(Budget budget, Arguments arguments) {
        if (!statement.recursive()) {
            throw Failure.type(
                    "The loop must have the 'recursive' marker to be called recursively.");
        }
        if (arguments.positional().size() != 1) {
            throw Failure.type("loop() takes one argument, the items");
        }
        return run.capture(
                outer,
                () -> new LoopValue(statement, run, depth + 1).over(arguments.positional().get(0)));
    }

    @Override
    public @Nullable Value attribute(String name) {
        int size = items.size();
        return switch (name) {
            case "index" -> Value.Int.of(index + 1L);
            case "index0" -> Value.Int.of(index);
            case "revindex" -> Value.Int.of(size - (long) index);
            case "revindex0" -> Value.Int.of(size - (long) index - 1);
            case "first" -> Value.Bool.of(index == 0);
            case "last" -> Value.Bool.of(index == size - 1);
            case "length" -> Value.Int.of(size);
            case "depth" -> Value.Int.of(depth);
            case "depth0" -> Value.Int.of(depth - 1L);
            case "previtem" -> neighbour(index - 1, "previous");
            case "nextitem" -> neighbour(index + 1, "next");
            case "cycle" -> new Value.Function("cycle", this::cycle);
            case "changed" -> new Value.Function("changed", this::changed);
            default -> null;
        };
    }

    private Value neighbour(int position, String which) {
        return position < 0 || position >= items.size()
                ? new Value.Undefined("there is no " + which + " item")
                : items.get(position);
    }

    private Value cycle(Budget budget, Arguments arguments) {
        List<Value> choices = arguments.positional();
        if (choices.isEmpty()) {
            throw Failure.type("no items for cycling given");
        }
        return choices.get(index % choices.size());
    }

    private Value changed(Budget budget, Arguments arguments) {
        Value now = new Value.Seq(true, arguments.positional());
        boolean same = lastChanged != null && Comparison.equal(budget, lastChanged, now);
        lastChanged = now;
        return Value.Bool.of(!same);
    }

    @Override
    public String typeName() {
        return "LoopContext";
    }

    @Override
    public boolean truth() {
        return !items.isEmpty();
    }
}
