/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement: a piece of text, an expression to print, a block. */
sealed interface Stmt permits Stmt.Plain, ForStmt, MacroStmt, CallBlock {
    void run(Execution run);

    /** Statements without variables of their own. */
    sealed interface Plain extends Stmt {}

    /** Text of the template. */
    record Data(String text) implements Plain {
        @Override
        public void run(Execution run) {
            run.write(text);
        }
    }

    /** {@code {{ expression }}}. */
    record Print(Expr expression, int line) implements Plain {
        @Override
        public void run(Execution run) {
            run.at(line);
            run.write(Printer.str(run, expression.value(run)));
        }
    }

    /** Statements in order. */
    record Body(List<Stmt> statements) implements Plain {
        @Override
        public void run(Execution run) {
            for (Stmt statement : statements) {
                run.budget().step();
                statement.run(run);
            }
        }
    }

    /** One test and what it guards. */
    record Branch(Expr test, Stmt body, int line) {}

    /** {@code if}, {@code elif}, {@code else}. */
    record If(List<Branch> branches, @Nullable Stmt otherwise) implements Plain {
        @Override
        public void run(Execution run) {
            for (Branch branch : branches) {
                run.at(branch.line());
                if (branch.test().value(run).truth()) {
                    branch.body().run(run);
                    return;
                }
            }
            if (otherwise != null) {
                otherwise.run(run);
            }
        }
    }

    /** {@code set target = value}. */
    record Assign(Target target, Expr value, int line) implements Plain {
        @Override
        public void run(Execution run) {
            run.at(line);
            target.assign(run, value.value(run));
        }
    }

    /** {@code set target}, a body, {@code endset}. */
    record AssignBlock(Target target, @Nullable FilterExpr filter, Stmt body, int line)
            implements Plain {
        @Override
        public void run(Execution run) {
            Value text = new StrValue(run.capture(new Scope(run.scope()), body::run));
            run.at(line);
            target.assign(run, filter == null ? text : filter.applyToBody(run, text));
        }
    }

    /** {@code filter name}, a body, {@code endfilter}. */
    record FilterBlock(FilterExpr filter, Stmt body, int line) implements Plain {
        @Override
        public void run(Execution run) {
            Value text = new StrValue(run.capture(new Scope(run.scope()), body::run));
            run.at(line);
            run.write(Printer.str(run, filter.applyToBody(run, text)));
        }
    }

    /** {@code with name = value}, a body, {@code endwith}. */
    record With(List<Target> targets, List<Expr> values, Stmt body, int line) implements Plain {
        @Override
        public void run(Execution run) {
            run.at(line);
            List<Value> evaluated = new ArrayList<>();
            for (Expr value : values) {
                evaluated.add(value.value(run));
            }
            run.in(
                    new Scope(run.scope()),
                    () -> {
                        for (int i = 0; i < targets.size(); i++) {
                            targets.get(i).assign(run, evaluated.get(i));
                        }
                        body.run(run);
                        return None.NONE;
                    });
        }
    }

    /** {@code generation}, a body, {@code endgeneration}: what the assistant says. */
    record Generation(Stmt body) implements Plain {
        @Override
        public void run(Execution run) {
            run.generation(body);
        }
    }

    /** {@code break} or {@code continue}. */
    record Jump(boolean leave) implements Plain {
        @Override
        public void run(Execution run) {
            throw new LoopJump(leave);
        }
    }

    /** Carries a break or continue to its loop. */
    final class LoopJump extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final boolean leave;

        private LoopJump(boolean leave) {
            super(null, null, false, false);
            this.leave = leave;
        }

        /** Whether it is a break. */
        boolean leaves() {
            return leave;
        }
    }
}
