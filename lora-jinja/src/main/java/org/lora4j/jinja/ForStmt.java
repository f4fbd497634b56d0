/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code for target in items if test recursive}, its body, and what it renders for no items. */
record ForStmt(
        Target target,
        Expr items,
        @Nullable Expr test,
        boolean recursive,
        Stmt body,
        @Nullable Stmt otherwise,
        int line)
        implements Stmt {
    @Override
    public void run(Execution run) {
        run.at(line);
        loop(run, items.value(run), 1);
    }

    private void loop(Execution run, Value iterable, int depth) {
        Scope outer = run.scope();
        List<Value> chosen = chosen(run, Sequences.list(run, iterable));
        if (chosen.isEmpty() && otherwise != null) {
            otherwise.run(run);
        }
        LoopValue loop = new LoopValue(chosen, depth, recursive ? again(outer, depth) : null);
        for (int i = 0; i < chosen.size(); i++) {
            run.budget().step();
            loop.moveTo(i);
            Scope scope = new Scope(outer);
            scope.set("loop", loop);
            if (!iterate(run, scope, chosen.get(i))) {
                break;
            }
        }
    }

    /** Renders one item; false after a break. */
    private boolean iterate(Execution run, Scope scope, Value item) {
        return run.in(
                scope,
                () -> {
                    target.assign(run, item);
                    try {
                        body.run(run);
                    } catch (LoopJump jump) {
                        return !jump.leaves();
                    }
                    return true;
                });
    }

    private List<Value> chosen(Execution run, List<Value> all) {
        if (test == null) {
            return all;
        }
        List<Value> chosen = new ArrayList<>();
        for (Value item : all) {
            boolean passes =
                    run.in(
                            new Scope(run.scope()),
                            () -> {
                                target.assign(run, item);
                                return test.value(run).truth();
                            });
            if (passes) {
                chosen.add(item);
            }
        }
        return chosen;
    }

    /** A call of the loop variable: the same loop over other items, as a text. */
    private FunctionValue.Body again(Scope outer, int depth) {
        return (run, arguments) -> {
            Value iterable = arguments.require(0, "iterable");
            return new StrValue(run.capture(outer, inner -> loop(inner, iterable, depth + 1)));
        };
    }
}
