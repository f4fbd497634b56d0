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
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a call as written.
 *
 * @param positional by position
 * @param named by name
 * @param more what follows a star, or null
 * @param moreNamed what follows two stars, or null
 */
record CallArguments(
        List<Expr> positional,
        Map<String, Expr> named,
        @Nullable Expr more,
        @Nullable Expr moreNamed) {
    static final CallArguments NONE = new CallArguments(List.of(), Map.of(), null, null);

    Arguments evaluate(Execution run, String function) {
        if (positional.isEmpty() && named.isEmpty() && more == null && moreNamed == null) {
            return Arguments.none(function);
        }
        List<Value> values = new ArrayList<>(positional.size());
        for (Expr argument : positional) {
            values.add(argument.value(run));
        }
        if (more != null) {
            values.addAll(Sequences.list(run, more.value(run)));
        }
        Map<String, Value> byName = new LinkedHashMap<>();
        for (Map.Entry<String, Expr> argument : named.entrySet()) {
            byName.put(argument.getKey(), argument.getValue().value(run));
        }
        if (moreNamed != null) {
            addAll(byName, moreNamed.value(run), function);
        }
        return new Arguments(function, values, byName);
    }

    private static void addAll(Map<String, Value> named, Value more, String function) {
        if (!(more instanceof DictValue dict)) {
            throw Failure.type(
                    function + "() argument after ** must be a mapping, not " + more.typeName());
        }
        for (DictValue.Entry entry : dict.entries()) {
            if (!(entry.key() instanceof StrValue key)) {
                throw Failure.type("keywords must be strings");
            }
            if (named.put(key.text(), entry.value()) != null) {
                throw Failure.type(
                        function
                                + "() got multiple values for keyword argument '"
                                + key.text()
                                + "'");
            }
        }
    }
}
