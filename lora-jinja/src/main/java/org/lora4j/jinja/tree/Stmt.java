/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.tree;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.python.Value;

/** A statement: text, an expression to print, or a block. */
public sealed interface Stmt {
    void run(Execution run);

    /** Literal text. */
    record Data(String text) implements Stmt {
        @Override
        public void run(Execution run) {
            run.write(text);
        }
    }

    /** {@code {{ expression }}}. */
    record Print(Expr expression, int line) implements Stmt {
        @Override
        public void run(Execution run) {
            run.at(line);
            run.print(expression.value(run));
        }
    }

    /** Statements in order. */
    record Body(List<Stmt> statements) implements Stmt {
        @Override
        public void run(Execution run) {
            for (Stmt statement : statements) {
                run.budget().step();
                statement.run(run);
            }
        }
    }

    /** A test and the body that runs if it passes. */
    record Branch(Expr test, Stmt body, int line) {}

    /** {@code if}, {@code elif}, {@code else}. */
    record If(List<Branch> branches, @Nullable Stmt otherwise) implements Stmt {
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

    /**
     * {@code for target in items if test recursive}.
     *
     * @param otherwise the body for no items, or null
     */
    record For(
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
            new LoopValue(this, run, 1).over(items.value(run));
        }
    }

    /** {@code set target = value}. */
    record Assign(Target target, Expr value, int line) implements Stmt {
        @Override
        public void run(Execution run) {
            run.at(line);
            target.assign(run, value.value(run));
        }
    }

    /**
     * {@code set target}, a body, {@code endset}; or {@code filter name}, a body, {@code
     * endfilter}.
     *
     * @param target the target of the captured text, or null to print it
     */
    record Capture(@Nullable Target target, Expr.@Nullable Filter filter, Stmt body, int line)
            implements Stmt {
        @Override
        public void run(Execution run) {
            Value text = run.capture(new Scope(run.scope()), () -> body.run(run));
            run.at(line);
            Value value = filter == null ? text : filter.applyToBody(run, text);
            if (target == null) {
                run.print(value);
            } else {
                target.assign(run, value);
            }
        }
    }

    /** {@code with name = value}, a body, {@code endwith}. */
    record With(List<Target> targets, List<Expr> values, Stmt body, int line) implements Stmt {
        @Override
        public void run(Execution run) {
            run.at(line);
            List<Value> evaluated = Expr.values(run, values);
            run.in(
                    new Scope(run.scope()),
                    () -> {
                        for (int i = 0; i < targets.size(); i++) {
                            targets.get(i).assign(run, evaluated.get(i));
                        }
                        body.run(run);
                    });
        }
    }

    /** {@code macro name(parameters)}. */
    record Define(Macro macro) implements Stmt {
        @Override
        public void run(Execution run) {
            run.scope().set(macro.name(), macro.bind(run));
        }
    }

    /** {@code call(parameters) function()}: its body is the function's argument caller. */
    record CallBlock(Macro caller, Expr.Call call, int line) implements Stmt {
        @Override
        public void run(Execution run) {
            run.at(line);
            run.print(call.value(run, caller.bind(run)));
        }
    }

    /** {@code generation}, a body, {@code endgeneration}: text that the assistant generates. */
    record Generation(Stmt body) implements Stmt {
        @Override
        public void run(Execution run) {
            run.generate(body);
        }
    }

    /** {@code break} or {@code continue}. */
    record Jump(boolean leave) implements Stmt {
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
