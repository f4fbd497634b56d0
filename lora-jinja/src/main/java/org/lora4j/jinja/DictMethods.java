/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The methods of dict. */
final class DictMethods {
    private DictMethods() {}

    static FunctionValue.@Nullable Body find(DictValue dict, String name) {
        return switch (name) {
            case "items" ->
                    (run, arguments) -> {
                        arguments.only();
                        return new ViewValue("dict_items", pairs(run, dict));
                    };
            case "keys" ->
                    (run, arguments) -> {
                        arguments.only();
                        run.budget().steps(dict.size());
                        return new ViewValue("dict_keys", dict.keys());
                    };
            case "values" ->
                    (run, arguments) -> {
                        arguments.only();
                        return new ViewValue("dict_values", values(run, dict));
                    };
            case "get" ->
                    (run, arguments) -> {
                        Value key = arguments.require(0, "key");
                        run.budget().key(key);
                        Value found = dict.get(key);
                        return found != null ? found : arguments.get(1, "default", None.NONE);
                    };
            case "copy" -> (run, arguments) -> dict;
            case "update", "pop", "setdefault", "clear", "popitem" -> unsafe("dict", name);
            default -> null;
        };
    }

    static List<Value> pairs(Execution run, DictValue dict) {
        run.budget().values(dict.size());
        List<Value> pairs = new ArrayList<>(dict.size());
        for (DictValue.Entry entry : dict.entries()) {
            pairs.add(TupleValue.of(entry.key(), entry.value()));
        }
        return pairs;
    }

    private static List<Value> values(Execution run, DictValue dict) {
        run.budget().steps(dict.size());
        List<Value> values = new ArrayList<>(dict.size());
        dict.entries().forEach(entry -> values.add(entry.value()));
        return values;
    }

    /** A method that would change its object. */
    static FunctionValue.Body unsafe(String type, String name) {
        return (run, arguments) -> {
            throw Failure.of(
                    "SecurityError",
                    "access to attribute '" + name + "' of '" + type + "' object is unsafe.");
        };
    }
}
