/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/** {@code macro name(parameters)}. */
record MacroStmt(Macro macro) implements Stmt {
    @Override
    public void run(Execution run) {
        run.scope().set(macro.name(), macro.bind(run.scope()));
    }
}
