/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** A call. */
record CallExpr(Expr function, CallArguments arguments, int line) implements Expr {
    @Override
    public Value value(Execution run) {
        run.budget().step();
        Value called = function.value(run);
        Arguments given = arguments.evaluate(run, name(called));
        run.at(line);
        return Access.call(run, called, given);
    }

    /** The call of a call block: the block is one more argument, named caller. */
    Value value(Execution run, FunctionValue caller) {
        Value called = function.value(run);
        Arguments given = arguments.evaluate(run, name(called));
        Map<String, Value> named = new LinkedHashMap<>(given.named());
        named.put("caller", caller);
        return Access.call(run, called, new Arguments(given.function(), given.positional(), named));
    }

    private String name(Value called) {
        if (called instanceof FunctionValue known) {
            return known.name();
        }
        return function instanceof Expr.Name name ? name.name() : called.typeName();
    }
}
