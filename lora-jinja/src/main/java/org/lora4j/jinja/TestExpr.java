/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/** {@code value is name(arguments)}. */
record TestExpr(Expr input, String name, CallArguments arguments) implements Expr {
    @Override
    public Value value(Execution run) {
        run.budget().step();
        Value value = input.value(run);
        return BoolValue.of(Tests.test(run, name, value, arguments.evaluate(run, name)));
    }
}
