/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.builtin;

import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Arithmetic;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Comparison;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Numbers;
import org.lora4j.jinja.python.Sequences;
import org.lora4j.jinja.python.Texts;
import org.lora4j.jinja.python.Value;

/** The tests that follow "is": jinja2/tests.py 3.1.6. */
public final class Tests {
    private static final Builtins ALL = new Builtins();

    static {
        ALL.test("none", call -> call.self() instanceof Value.None);
        ALL.test("boolean", call -> call.self() instanceof Value.Bool);
        ALL.test("true", call -> call.self().equals(Value.Bool.TRUE));
        ALL.test("false", call -> call.self().equals(Value.Bool.FALSE));
        ALL.test("integer", call -> call.self() instanceof Value.Int);
        ALL.test("float", call -> call.self() instanceof Value.Real);
        ALL.test("number", call -> Numbers.isNumber(call.self()));
        ALL.test("string", call -> isText(call.self()));
        ALL.test("mapping", call -> call.self() instanceof Value.Dict);
        ALL.test("sequence", call -> isSequence(call.self()));
        ALL.test("iterable", call -> Sequences.isIterable(call.self()) || isText(call.self()));
        ALL.test("callable", call -> isCallable(call.self()));
        ALL.test("escaped", call -> call.self() instanceof Value.Markup);
        ALL.test("defined", call -> !(call.self() instanceof Value.Undefined));
        ALL.test("undefined", call -> call.self() instanceof Value.Undefined);
        ALL.test(
                "odd",
                call ->
                        Comparison.equal(
                                call.budget(), rest(call, Value.Int.of(2)), Value.Int.of(1)));
        ALL.test("even", call -> !rest(call, Value.Int.of(2)).truth());
        ALL.test("divisibleby num", call -> !rest(call, call.get(0)).truth());
        ALL.test("in seq", call -> compare(call, "in"));
        ALL.test("==|eq|equalto other", call -> compare(call, "=="));
        ALL.test("!=|ne other", call -> compare(call, "!="));
        ALL.test("<|lt|lessthan other", call -> compare(call, "<"));
        ALL.test("<=|le other", call -> compare(call, "<="));
        ALL.test(">|gt|greaterthan other", call -> compare(call, ">"));
        ALL.test(">=|ge other", call -> compare(call, ">="));
        ALL.test("sameas other", call -> same(call.self(), call.get(0)));
        ALL.test("lower", call -> Texts.isCased(call.budget(), call.text(), false));
        ALL.test("upper", call -> Texts.isCased(call.budget(), call.text(), true));
        ALL.test(
                "filter",
                call -> call.self() instanceof Value.Str name && Filters.exists(name.text()));
        ALL.test("test", call -> call.self() instanceof Value.Str name && exists(name.text()));
    }

    private Tests() {}

    private static boolean exists(String name) {
        return ALL.contains(name);
    }

    /** Whether a value passes the test of a name. */
    public static boolean test(Budget budget, String name, Value value, Arguments arguments) {
        Value result = ALL.call(budget, name, value, arguments);
        if (result == null) {
            throw Failure.of("TemplateRuntimeError", "No test named '" + name + "'.");
        }
        return result.truth();
    }

    private static boolean compare(Call call, String operator) {
        return Comparison.holds(call.budget(), operator, call.self(), call.get(0));
    }

    private static Value rest(Call call, Value divisor) {
        return Arithmetic.apply(call.budget(), "%", call.self(), divisor);
    }

    private static boolean isText(Value value) {
        return value instanceof Value.Str || value instanceof Value.Markup;
    }

    /** Has a length and positions. */
    private static boolean isSequence(Value value) {
        return isText(value)
                || (value instanceof Value.Sequence && !(value instanceof Value.View))
                || value instanceof Value.Dict
                || value instanceof Value.Undefined;
    }

    private static boolean isCallable(Value value) {
        return value instanceof Value.Undefined || value instanceof Value.Callable;
    }

    /** Python's "is" of values that Python keeps once; other equal values may be two objects. */
    private static boolean same(Value a, Value b) {
        boolean kept = a instanceof Value.Bool || a instanceof Value.Int;
        return a == b || (kept && a.equals(b));
    }
}
