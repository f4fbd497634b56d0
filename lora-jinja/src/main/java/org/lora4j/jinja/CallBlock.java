/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/** {@code call(parameters) function()}: its body is the function's argument caller. */
record CallBlock(Macro caller, CallExpr call, int line) implements Stmt {
    @Override
    public void run(Execution run) {
        run.at(line);
        run.write(Printer.str(run, call.value(run, caller.bind(run.scope()))));
    }
}
