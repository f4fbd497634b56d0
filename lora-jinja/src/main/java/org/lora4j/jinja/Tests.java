/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.HashMap;
import java.util.Map;

/** The tests that follow "is": jinja2/tests.py 3.1.6. */
final class Tests {
    /** What a test asks. */
    @FunctionalInterface
    private interface Test {
        boolean test(Execution run, Value value, Arguments arguments);
    }

    private static final Map<String, Test> ALL = new HashMap<>();

    static {
        ofType();
        ofNumber();
        comparing("==", "eq", "equalto");
        comparing("!=", "ne");
        comparing("<", "lt", "lessthan");
        comparing("<=", "le");
        comparing(">", "gt", "greaterthan");
        comparing(">=", "ge");
        ALL.put("defined", (run, value, arguments) -> !(value instanceof Undefined));
        ALL.put("undefined", (run, value, arguments) -> value instanceof Undefined);
        ALL.put(
                "in",
                (run, value, arguments) ->
                        Comparison.contains(run, arguments.require(0, "seq"), value));
        ALL.put(
                "lower",
                (run, value, arguments) -> Texts.isCased(run, Printer.str(run, value), false));
        ALL.put(
                "upper",
                (run, value, arguments) -> Texts.isCased(run, Printer.str(run, value), true));
        ALL.put(
                "filter",
                (run, value, arguments) ->
                        value instanceof StrValue name && Filters.exists(name.text()));
        ALL.put(
                "test",
                (run, value, arguments) ->
                        value instanceof StrValue name && ALL.containsKey(name.text()));
        ALL.put("sameas", (run, value, arguments) -> same(value, arguments.require(0, "other")));
    }

    private Tests() {}

    private static void ofType() {
        ALL.put("none", (run, value, arguments) -> value instanceof None);
        ALL.put("boolean", (run, value, arguments) -> value instanceof BoolValue);
        ALL.put("true", (run, value, arguments) -> value.equals(BoolValue.TRUE));
        ALL.put("false", (run, value, arguments) -> value.equals(BoolValue.FALSE));
        ALL.put("integer", (run, value, arguments) -> value instanceof IntValue);
        ALL.put("float", (run, value, arguments) -> value instanceof FloatValue);
        ALL.put("number", (run, value, arguments) -> Numbers.isNumber(value));
        ALL.put(
                "string",
                (run, value, arguments) -> value instanceof StrValue || value instanceof Markup);
        ALL.put("mapping", (run, value, arguments) -> value instanceof DictValue);
        ALL.put("sequence", (run, value, arguments) -> isSequence(value));
        ALL.put(
                "iterable",
                (run, value, arguments) -> Sequences.isIterable(value) || value instanceof Markup);
        ALL.put(
                "callable",
                (run, value, arguments) ->
                        value instanceof FunctionValue
                                || value instanceof LoopValue
                                || value instanceof Undefined);
        ALL.put("escaped", (run, value, arguments) -> value instanceof Markup);
    }

    private static void ofNumber() {
        ALL.put("odd", (run, value, arguments) -> rest(run, value, IntValue.of(2)).equals(one()));
        ALL.put(
                "even",
                (run, value, arguments) -> rest(run, value, IntValue.of(2)).equals(IntValue.ZERO));
        ALL.put(
                "divisibleby",
                (run, value, arguments) -> !rest(run, value, arguments.require(0, "num")).truth());
    }

    private static IntValue one() {
        return IntValue.of(1);
    }

    private static Value rest(Execution run, Value value, Value divisor) {
        Value rest = Arithmetic.apply(run, "%", value, divisor);
        return rest instanceof FloatValue number && number.value() == Math.rint(number.value())
                ? IntValue.of((long) number.value())
                : rest;
    }

    private static void comparing(String operator, String... names) {
        Test test =
                (run, value, arguments) ->
                        Expr.Compare.holds(run, operator, value, arguments.require(0, "other"));
        ALL.put(operator, test);
        for (String name : names) {
            ALL.put(name, test);
        }
    }

    /** Has a length and positions. */
    private static boolean isSequence(Value value) {
        return value instanceof StrValue
                || value instanceof ListValue
                || value instanceof TupleValue
                || value instanceof DictValue
                || value instanceof RangeValue
                || value instanceof Undefined
                || value instanceof Markup;
    }

    /** Python's "is" of values that Python keeps once; other equal values may be two objects. */
    private static boolean same(Value a, Value b) {
        return a == b
                || (a.getClass() == b.getClass()
                        && (a instanceof BoolValue || a instanceof IntValue)
                        && a.equals(b));
    }

    static boolean test(Execution run, String name, Value value, Arguments arguments) {
        Test test = ALL.get(name);
        if (test == null) {
            throw Failure.of("TemplateRuntimeError", "No test named '" + name + "'.");
        }
        return test.test(run, value, arguments);
    }
}
