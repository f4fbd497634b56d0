/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import org.jspecify.annotations.Nullable;

/**
 * {@code value|name(arguments)}.
 *
 * @param input the value, or null for the body of a filter block
 */
record FilterExpr(@Nullable Expr input, String name, CallArguments arguments, int line)
        implements Expr {
    @Override
    public Value value(Execution run) {
        if (input == null) {
            throw new IllegalStateException("a filter of a block has no value of its own");
        }
        return apply(run, input.value(run));
    }

    /** Applies a chain of filters to the body of a block. */
    Value applyToBody(Execution run, Value body) {
        Value first = input instanceof FilterExpr inner ? inner.applyToBody(run, body) : body;
        return apply(run, first);
    }

    private Value apply(Execution run, Value value) {
        run.budget().step();
        return Filters.apply(run, name, value, arguments.evaluate(run, name));
    }
}
