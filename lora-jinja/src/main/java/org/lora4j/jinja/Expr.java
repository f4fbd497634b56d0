/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An expression. */
sealed interface Expr permits Expr.Simple, CallExpr, FilterExpr, TestExpr {
    Value value(Execution run);

    /** The expressions that call nothing by name. */
    sealed interface Simple extends Expr {}

    /** A literal. */
    record Literal(Value constant) implements Simple {
        @Override
        public Value value(Execution run) {
            run.budget().step();
            return constant;
        }
    }

    /** A variable. */
    record Name(String name) implements Simple {
        @Override
        public Value value(Execution run) {
            run.budget().step();
            return run.lookup(name);
        }
    }

    /** A list or tuple display. */
    record Sequence(List<Expr> items, boolean tuple) implements Simple {
        @Override
        public Value value(Execution run) {
            List<Value> values = new ArrayList<>(items.size());
            for (Expr item : items) {
                values.add(item.value(run));
            }
            return tuple ? new TupleValue(values) : new ListValue(values);
        }
    }

    /** A dict display. */
    record Dict(List<Expr> keys, List<Expr> values) implements Simple {
        @Override
        public Value value(Execution run) {
            DictValue dict = new DictValue();
            for (int i = 0; i < keys.size(); i++) {
                Value key = keys.get(i).value(run);
                run.budget().key(key);
                dict.put(key, values.get(i).value(run));
            }
            return dict;
        }
    }

    /** {@code then if test else otherwise}. */
    record Conditional(Expr test, Expr then, @Nullable Expr otherwise, int line) implements Simple {
        @Override
        public Value value(Execution run) {
            if (test.value(run).truth()) {
                return then.value(run);
            }
            return otherwise != null
                    ? otherwise.value(run)
                    : new Undefined(
                            "the inline if-expression on line "
                                    + line
                                    + " evaluated to false and no else section was defined.");
        }
    }

    /** {@code and}, {@code or}: the value that decided. */
    record Logical(Expr left, Expr right, boolean and) implements Simple {
        @Override
        public Value value(Execution run) {
            Value first = left.value(run);
            return first.truth() == and ? right.value(run) : first;
        }
    }

    /** {@code not}. */
    record Not(Expr operand) implements Simple {
        @Override
        public Value value(Execution run) {
            return BoolValue.of(!operand.value(run).truth());
        }
    }

    /** A sign. */
    record Sign(Expr operand, boolean minus) implements Simple {
        @Override
        public Value value(Execution run) {
            Value value = operand.value(run);
            return minus ? Arithmetic.negative(value) : Arithmetic.positive(value);
        }
    }

    /** An arithmetic operator. */
    record Binary(String operator, Expr left, Expr right) implements Simple {
        @Override
        public Value value(Execution run) {
            run.budget().step();
            return Arithmetic.apply(run, operator, left.value(run), right.value(run));
        }
    }

    /** {@code a ~ b ~ c}: their texts, joined. */
    record Concat(List<Expr> parts) implements Simple {
        @Override
        public Value value(Execution run) {
            StringBuilder out = new StringBuilder();
            for (Expr part : parts) {
                out.append(run.budget().made(Printer.str(run, part.value(run))));
            }
            return new StrValue(out.toString());
        }
    }

    /** A chain of comparisons: each holds, and no operand is evaluated twice. */
    record Compare(Expr first, List<String> operators, List<Expr> others) implements Simple {
        @Override
        public Value value(Execution run) {
            Value left = first.value(run);
            for (int i = 0; i < others.size(); i++) {
                Value right = others.get(i).value(run);
                if (!holds(run, operators.get(i), left, right)) {
                    return BoolValue.FALSE;
                }
                left = right;
            }
            return BoolValue.TRUE;
        }

        static boolean holds(Execution run, String operator, Value a, Value b) {
            return switch (operator) {
                case "==" -> Comparison.equal(run, a, b);
                case "!=" -> !Comparison.equal(run, a, b);
                case "in" -> Comparison.contains(run, b, a);
                case "not in" -> !Comparison.contains(run, b, a);
                default -> ordered(run, operator, a, b);
            };
        }

        private static boolean ordered(Execution run, String operator, Value a, Value b) {
            if (Numbers.isNaN(a) || Numbers.isNaN(b)) {
                return false;
            }
            int order = Comparison.order(run, a, b, operator);
            return switch (operator) {
                case "<" -> order < 0;
                case "<=" -> order <= 0;
                case ">" -> order > 0;
                default -> order >= 0;
            };
        }
    }

    /** {@code owner.name}. */
    record Attribute(Expr owner, String name) implements Simple {
        @Override
        public Value value(Execution run) {
            run.budget().step();
            return Access.attribute(run, owner.value(run), name);
        }
    }

    /** {@code owner[key]}. */
    record Item(Expr owner, Expr key) implements Simple {
        @Override
        public Value value(Execution run) {
            run.budget().step();
            return Access.item(run, owner.value(run), key.value(run));
        }
    }

    /** {@code owner[start:stop:step]}. */
    record Slice(Expr owner, Expr start, Expr stop, Expr step) implements Simple {
        @Override
        public Value value(Execution run) {
            Value sliced = owner.value(run);
            if (sliced instanceof Undefined missing) {
                throw missing.failure();
            }
            return Sequences.slice(run, sliced, start.value(run), stop.value(run), step.value(run));
        }
    }
}
