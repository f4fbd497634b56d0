/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.tree;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.builtin.Access;
import org.lora4j.jinja.builtin.Filters;
import org.lora4j.jinja.builtin.Tests;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Arithmetic;
import org.lora4j.jinja.python.Comparison;
import org.lora4j.jinja.python.Printer;
import org.lora4j.jinja.python.Sequences;
import org.lora4j.jinja.python.Value;

/** An expression, which has a value in a rendering. */
public sealed interface Expr {
    Value value(Execution run);

    static List<Value> values(Execution run, List<Expr> expressions) {
        List<Value> values = new ArrayList<>(expressions.size());
        for (Expr expression : expressions) {
            values.add(expression.value(run));
        }
        return values;
    }

    record Literal(Value constant) implements Expr {
        @Override
        public Value value(Execution run) {
            run.budget().step();
            return constant;
        }
    }

    /** A variable. */
    record Name(String name) implements Expr {
        @Override
        public Value value(Execution run) {
            run.budget().step();
            return run.scope().lookup(name);
        }
    }

    /** The items of a list or tuple. */
    record Items(List<Expr> items, boolean tuple) implements Expr {
        @Override
        public Value value(Execution run) {
            return new Value.Seq(tuple, values(run, items));
        }
    }

    /** The keys and values of a dict. */
    record Dict(List<Expr> keys, List<Expr> values) implements Expr {
        @Override
        public Value value(Execution run) {
            Value.Dict dict = new Value.Dict();
            for (int i = 0; i < keys.size(); i++) {
                Value key = keys.get(i).value(run);
                run.budget().key(key);
                dict.put(key, values.get(i).value(run));
            }
            return dict;
        }
    }

    /** {@code then if test else otherwise}. */
    record Conditional(Expr test, Expr then, @Nullable Expr otherwise, int line) implements Expr {
        @Override
        public Value value(Execution run) {
            if (test.value(run).truth()) {
                return then.value(run);
            }
            return otherwise != null
                    ? otherwise.value(run)
                    : new Value.Undefined(
                            "the inline if-expression on line "
                                    + line
                                    + " evaluated to false and no else section was defined.");
        }
    }

    /** {@code and}, {@code or}: the value that decides. */
    record Logical(Expr left, Expr right, boolean and) implements Expr {
        @Override
        public Value value(Execution run) {
            Value first = left.value(run);
            return first.truth() == and ? right.value(run) : first;
        }
    }

    record Not(Expr operand) implements Expr {
        @Override
        public Value value(Execution run) {
            return Value.Bool.of(!operand.value(run).truth());
        }
    }

    record Sign(Expr operand, boolean minus) implements Expr {
        @Override
        public Value value(Execution run) {
            return Arithmetic.sign(operand.value(run), minus);
        }
    }

    /** An arithmetic operator. */
    record Binary(String operator, Expr left, Expr right) implements Expr {
        @Override
        public Value value(Execution run) {
            run.budget().step();
            return Arithmetic.apply(run.budget(), operator, left.value(run), right.value(run));
        }
    }

    /** {@code a ~ b ~ c}: their texts, joined. */
    record Concat(List<Expr> parts) implements Expr {
        @Override
        public Value value(Execution run) {
            StringBuilder out = new StringBuilder();
            for (Expr part : parts) {
                out.append(run.budget().made(Printer.str(run.budget(), part.value(run))));
            }
            return new Value.Str(out.toString());
        }
    }

    /** A chain of comparisons: each holds, and no operand is evaluated twice. */
    record Compare(Expr first, List<String> operators, List<Expr> others) implements Expr {
        @Override
        public Value value(Execution run) {
            Value left = first.value(run);
            for (int i = 0; i < others.size(); i++) {
                Value right = others.get(i).value(run);
                if (!Comparison.holds(run.budget(), operators.get(i), left, right)) {
                    return Value.Bool.FALSE;
                }
                left = right;
            }
            return Value.Bool.TRUE;
        }
    }

    /** {@code owner.name}. */
    record Attribute(Expr owner, String name) implements Expr {
        @Override
        public Value value(Execution run) {
            run.budget().step();
            return Access.attribute(run.budget(), owner.value(run), name);
        }
    }

    /** {@code owner[key]}. */
    record Item(Expr owner, Expr key) implements Expr {
        @Override
        public Value value(Execution run) {
            run.budget().step();
            return Access.item(run.budget(), owner.value(run), key.value(run));
        }
    }

    /** {@code owner[start:stop:step]}. */
    record Slice(Expr owner, Expr start, Expr stop, Expr step) implements Expr {
        @Override
        public Value value(Execution run) {
            Value sliced = owner.value(run);
            sliced.checkDefined();
            return Sequences.slice(
                    run.budget(), sliced, start.value(run), stop.value(run), step.value(run));
        }
    }

    record Call(Expr function, CallArguments arguments, int line) implements Expr {
        @Override
        public Value value(Execution run) {
            return value(run, null);
        }

        /** The call of a call block: the block is one more argument, named caller. */
        Value value(Execution run, Value.@Nullable Function caller) {
            run.budget().step();
            Value called = function.value(run);
            Arguments given = arguments.evaluate(run, name(called));
            if (caller != null) {
                Map<String, Value> named = new LinkedHashMap<>(given.named());
                named.put("caller", caller);
                given = new Arguments(given.function(), given.positional(), named);
            }
            run.at(line);
            return Access.call(run.budget(), called, given);
        }

        private String name(Value called) {
            if (called instanceof Value.Function known) {
                return known.name();
            }
            return function instanceof Name name ? name.name() : called.typeName();
        }
    }

    /**
     * {@code value|name(arguments)}.
     *
     * @param input the value, or null for the body of a block
     */
    record Filter(@Nullable Expr input, String name, CallArguments arguments) implements Expr {
        @Override
        public Value value(Execution run) {
            if (input == null) {
                throw new IllegalStateException("a filter without input has no value of its own");
            }
            return apply(run, input.value(run));
        }

        /** Applies a chain of filters to the body of a block. */
        Value applyToBody(Execution run, Value body) {
            return apply(run, input instanceof Filter inner ? inner.applyToBody(run, body) : body);
        }

        private Value apply(Execution run, Value value) {
            run.budget().step();
            return Filters.apply(run.budget(), name, value, arguments.evaluate(run, name));
        }
    }

    /** {@code value is name(arguments)}. */
    record Test(Expr input, String name, CallArguments arguments) implements Expr {
        @Override
        public Value value(Execution run) {
            run.budget().step();
            Value value = input.value(run);
            return Value.Bool.of(
                    Tests.test(run.budget(), name, value, arguments.evaluate(run, name)));
        }
    }
}
