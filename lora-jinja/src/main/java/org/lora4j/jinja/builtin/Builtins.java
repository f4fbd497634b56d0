/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.builtin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Value;

/**
 * A table of functions by name. A declaration has the names of a function and its parameters with
 * their defaults, such as {@code default|d default_value='' boolean=False}; after a star the
 * function takes any more arguments.
 */
final class Builtins {
    private static final Pattern PARAMETER = Pattern.compile("(\\w+)(?:=('[^']*'|\\S+))?");

    /** A parameter and its default; null if it is required. */
    private record Parameter(String name, @Nullable Value otherwise) {
        static Parameter of(MatchResult declared) {
            String constant = declared.group(2);
            return new Parameter(declared.group(1), constant == null ? null : constant(constant));
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
    }

    private record Builtin(
            List<Parameter> parameters, boolean open, Function<Call, ? extends Value> body) {
        Value call(Budget budget, Value self, Arguments given) {
            return body.apply(new Call(budget, self, bind(given), given));
        }

        /** Checks the arguments of a call and returns them in the order of the parameters. */
        private List<Value> bind(Arguments given) {
            List<Value> positional = given.positional();
            if (!open) {
                checkNames(given);
            }
            if (parameters.isEmpty()) {
                return List.of();
            }
            List<Value> bound = new ArrayList<>(parameters.size());
            for (Parameter parameter : parameters) {
                int index = bound.size();
                Value value =
                        index < positional.size()
                                ? positional.get(index)
                                : given.named()
                                        .getOrDefault(parameter.name(), parameter.otherwise());
                if (value == null) {
                    throw failure(given, "missing a required argument: '%s'", parameter.name());
                }
                bound.add(value);
            }
            return bound;
        }

        private void checkNames(Arguments given) {
            int count = given.positional().size();
            int most = parameters.size();
            if (count > most) {
                throw failure(given, "takes at most %d arguments (%d given)", most, count);
            }
            for (String name : given.named().keySet()) {
                int index = parameters.stream().map(Parameter::name).toList().indexOf(name);
                if (index < 0) {
                    throw failure(given, "got an unexpected keyword argument '%s'", name);
                }
                if (index < count) {
                    throw failure(given, "got multiple values for argument '%s'", name);
                }
            }
        }

        private static Failure failure(Arguments given, String message, Object... details) {
            return Failure.type(given.function() + "() " + message, details);
        }
    }

    private final Map<String, Builtin> all = new HashMap<>();

    void add(String declaration, Function<Call, ? extends Value> body) {
        String[] parts = declaration.split(" ", 2);
        String parameters = parts.length == 1 ? "" : parts[1];
        List<Parameter> declared =
                PARAMETER.matcher(parameters).results().map(Parameter::of).toList();
        for (String name : parts[0].split("\\|", -1)) {
            all.put(name, new Builtin(declared, parameters.endsWith("*"), body));
        }
    }

    /** Adds a function that makes a text: of what safe and escape returned, the same again. */
    void text(String declaration, Function<Call, String> body) {
        add(
                declaration,
                call -> {
                    String text = body.apply(call);
                    return call.self() instanceof Value.Markup
                            ? new Value.Markup(text)
                            : new Value.Str(text);
                });
    }

    /** Adds a function that answers yes or no. */
    void test(String declaration, Predicate<Call> body) {
        add(declaration, call -> Value.Bool.of(body.test(call)));
    }

    /** Adds functions of another table. */
    void from(Builtins other, String names) {
        for (String name : names.split(" ", -1)) {
            all.put(name, other.all.get(name));
        }
    }

    /** Adds names of Jinja or Python that this interpreter does not support. */
    void refuse(String what, String names) {
        fail(names, name -> Failure.unsupported(what.formatted(name)));
    }

    /** Adds methods that would change their object. */
    void forbid(String type, String names) {
        String message = "access to attribute '%s' of '%s' object is unsafe.";
        fail(names, name -> Failure.of("SecurityError", message, name, type));
    }

    private void fail(String names, Function<String, Failure> reason) {
        for (String name : names.split(" ", -1)) {
            add(
                    name + " *",
                    call -> {
                        throw reason.apply(name);
                    });
        }
    }

    boolean contains(String name) {
        return all.containsKey(name);
    }

    /** Calls a function, or returns null if there is none of that name. */
    @Nullable Value call(Budget budget, String name, Value self, Arguments arguments) {
        Builtin found = all.get(name);
        return found == null ? null : found.call(budget, self, arguments);
    }

    /** The function of a name as a method of a value, or null. */
    Value.@Nullable Function method(String name, Value self) {
        Builtin found = all.get(name);
        return found == null
                ? null
                : new Value.Function(name, (budget, given) -> found.call(budget, self, given));
    }

    /** All functions by name, as methods of None. */
    Map<String, Value> functions() {
        Map<String, Value> functions = new HashMap<>();
        all.keySet().forEach(name -> functions.put(name, method(name, Value.None.NONE)));
        return functions;
    }
}
