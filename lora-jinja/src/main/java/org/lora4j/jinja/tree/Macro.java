/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.tree;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Value;

/**
 * A macro or the body of a call block.
 *
 * @param parameters the parameters in order
 * @param reads the variables that the body reads: a macro takes more arguments than it has
 *     parameters only if it reads varargs, kwargs or caller
 */
public record Macro(String name, List<Parameter> parameters, Stmt body, Set<String> reads) {
    /** A parameter and its default. */
    public record Parameter(String name, @Nullable Expr otherwise) {}

    /** The macro as a function whose body sees the current scope. */
    Value.Function bind(Execution run) {
        Scope definition = run.scope();
        return new Value.Function(
                name, (budget, arguments) -> call(run, new Scope(definition), arguments));
    }

    private Value call(Execution run, Scope scope, Arguments arguments) {
        List<Value> given = arguments.positional();
        Map<String, Value> rest = new LinkedHashMap<>(arguments.named());
        return run.capture(
                scope,
                () -> {
                    for (int i = 0; i < parameters.size(); i++) {
                        Parameter parameter = parameters.get(i);
                        Value named = rest.remove(parameter.name());
                        Value value = i < given.size() ? given.get(i) : named;
                        scope.set(
                                parameter.name(), value != null ? value : missing(run, parameter));
                    }
                    special(scope, rest, given);
                    body.run(run);
                });
    }

    private static Value missing(Execution run, Parameter parameter) {
        return parameter.otherwise() == null
                ? new Value.Undefined("parameter '" + parameter.name() + "' was not provided")
                : parameter.otherwise().value(run);
    }

    private void special(Scope scope, Map<String, Value> rest, List<Value> given) {
        if (reads.contains("caller")) {
            Value caller = rest.remove("caller");
            scope.set("caller", caller == null ? new Value.Undefined("No caller defined") : caller);
        }
        if (reads.contains("kwargs")) {
            scope.set("kwargs", Value.Dict.of(rest));
        } else if (!rest.isEmpty()) {
            throw Failure.type(
                    "macro '%s' takes no keyword argument '%s'",
                    name, rest.keySet().iterator().next());
        }
        boolean more = given.size() > parameters.size();
        if (reads.contains("varargs")) {
            List<Value> extra = more ? given.subList(parameters.size(), given.size()) : List.of();
            scope.set("varargs", new Value.Seq(true, extra));
        } else if (more) {
            throw Failure.type(
                    "macro '%s' takes not more than %d argument(s)", name, parameters.size());
        }
    }
}
