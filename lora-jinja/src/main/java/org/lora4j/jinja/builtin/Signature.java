/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.builtin;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Value;

/**
 * The parameters of a built-in function.
 *
 * @param parameters in order
 * @param names of the parameters
 * @param open whether more arguments are allowed, which the function reads by itself
 */
record Signature(List<Parameter> parameters, List<String> names, boolean open) {
    /** A parameter and its default; null if it is required. */
    record Parameter(String name, @Nullable Value otherwise) {}

    private static final Pattern PARAMETER = Pattern.compile("(\\w+)(?:=('[^']*'|\\S+))?");

    /** Reads parameters such as {@code sep=None maxsplit=-1}; a star stands for any more. */
    static Signature of(String text) {
        List<Parameter> parameters =
                PARAMETER.matcher(text).results().map(Signature::parameter).toList();
        List<String> names = parameters.stream().map(Parameter::name).toList();
        return new Signature(parameters, names, text.endsWith("*"));
    }

    private static Parameter parameter(MatchResult match) {
        String constant = match.group(2);
        return new Parameter(match.group(1), constant == null ? null : constant(constant));
    }

    private static Value constant(String text) {
        return switch (text) {
            case "None" -> Value.None.NONE;
            case "True" -> Value.Bool.TRUE;
            case "False" -> Value.Bool.FALSE;
            default ->
                    text.startsWith("'")
                            ? new Value.Str(text.substring(1, text.length() - 1))
                            : text.contains(".")
                                    ? new Value.Real(Double.parseDouble(text))
                                    : Value.Int.of(Long.parseLong(text));
        };
    }

    /** Checks the arguments of a call and puts them in the order of the parameters. */
    Call bind(Budget budget, Value self, Arguments given) {
        List<Value> positional = given.positional();
        if (!open) {
            checkNames(given);
        }
        List<Value> bound = new ArrayList<>(parameters.size());
        for (Parameter parameter : parameters) {
            int index = bound.size();
            Value value =
                    index < positional.size()
                            ? positional.get(index)
                            : given.named().getOrDefault(parameter.name(), parameter.otherwise());
            if (value == null) {
                throw failure(given, "missing a required argument: '%s'", parameter.name());
            }
            bound.add(value);
        }
        return new Call(budget, self, bound, given);
    }

    private void checkNames(Arguments given) {
        int count = given.positional().size();
        if (count > names.size()) {
            throw failure(given, "takes at most %d arguments (%d given)", names.size(), count);
        }
        for (String name : given.named().keySet()) {
            if (!names.contains(name)) {
                throw failure(given, "got an unexpected keyword argument '%s'", name);
            }
            if (names.indexOf(name) < count) {
                throw failure(given, "got multiple values for argument '%s'", name);
            }
        }
    }

    private static Failure failure(Arguments given, String message, Object... details) {
        return Failure.type(given.function() + "() " + message, details);
    }
}
