/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A body that takes arguments.
 *
 * @param name its name
 * @param parameters in order
 * @param body what it renders
 * @param reads the variables that the body reads: a macro takes more arguments than it has
 *     parameters only if it reads varargs, kwargs or caller
 */
record Macro(String name, List<Parameter> parameters, Stmt body, Set<String> reads) {
    /** A parameter with the value it has where none is given. */
    record Parameter(String name, @Nullable Expr otherwise) {}

    FunctionValue bind(Scope definition) {
        return new FunctionValue(name, (run, arguments) -> call(run, definition, arguments));
    }

    private Value call(Execution run, Scope definition, Arguments arguments) {
        Scope scope = new Scope(definition);
        Map<String, Value> rest = new LinkedHashMap<>(arguments.named());
        List<Value> given = arguments.positional();
        return new StrValue(
                run.capture(
                        scope,
                        inner -> {
                            for (int i = 0; i < parameters.size(); i++) {
                                Parameter parameter = parameters.get(i);
                                Value named = rest.remove(parameter.name());
                                scope.set(
                                        parameter.name(),
                                        i < given.size()
                                                ? given.get(i)
                                                : named != null
                                                        ? named
                                                        : missing(inner, parameter));
                            }
                            special(scope, rest, given);
                            body.run(inner);
                        }));
    }

    private Value missing(Execution run, Parameter parameter) {
        return parameter.otherwise() == null
                ? new Undefined("parameter '" + parameter.name() + "' was not provided")
                : parameter.otherwise().value(run);
    }

    private void special(Scope scope, Map<String, Value> rest, List<Value> given) {
        if (reads.contains("caller")) {
            Value caller = rest.remove("caller");
            scope.set("caller", caller == null ? new Undefined("No caller defined") : caller);
        }
        if (reads.contains("kwargs")) {
            DictValue kwargs = new DictValue();
            rest.forEach(kwargs::put);
            scope.set("kwargs", kwargs);
        } else if (!rest.isEmpty()) {
            throw Failure.type(
                    "macro '"
                            + name
                            + "' takes no keyword argument '"
                            + rest.keySet().iterator().next()
                            + "'");
        }
        int extra = given.size() - parameters.size();
        if (reads.contains("varargs")) {
            List<Value> more =
                    extra <= 0 ? List.of() : given.subList(parameters.size(), given.size());
            scope.set("varargs", new TupleValue(new ArrayList<>(more)));
        } else if (extra > 0) {
            throw Failure.type(
                    "macro '"
                            + name
                            + "' takes not more than "
                            + parameters.size()
                            + " argument(s)");
        }
    }
}
