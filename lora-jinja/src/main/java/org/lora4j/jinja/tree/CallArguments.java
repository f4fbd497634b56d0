/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.tree;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Sequences;
import org.lora4j.jinja.python.Value;

/**
 * The arguments of a call in a template.
 *
 * @param positional the arguments by position
 * @param named the arguments by name
 * @param more the expression after a star, or null
 * @param moreNamed the expression after two stars, or null
 */
public record CallArguments(
        List<Expr> positional,
        Map<String, Expr> named,
        @Nullable Expr more,
        @Nullable Expr moreNamed) {
    public static final CallArguments NONE = of(List.of());

    public static CallArguments of(List<Expr> positional) {
        return new CallArguments(positional, Map.of(), null, null);
    }

    Arguments evaluate(Execution run, String function) {
        if (positional.isEmpty() && named.isEmpty() && more == null && moreNamed == null) {
            return Arguments.none(function);
        }
        List<Value> values = Expr.values(run, positional);
        if (more != null) {
            values.addAll(Sequences.list(run.budget(), more.value(run)));
        }
        Map<String, Value> byName = new LinkedHashMap<>();
        named.forEach((name, argument) -> byName.put(name, argument.value(run)));
        if (moreNamed != null) {
            addAll(byName, moreNamed.value(run), function);
        }
        return new Arguments(function, values, byName);
    }

    private static void addAll(Map<String, Value> named, Value more, String function) {
        if (!(more instanceof Value.Dict dict)) {
            throw Failure.type(
                    "%s() argument after ** must be a mapping, not %s", function, more.typeName());
        }
        for (Value.Dict.Entry entry : dict.entries()) {
            if (!(entry.key() instanceof Value.Str key)) {
                throw Failure.type("keywords must be strings");
            }
            if (named.put(key.text(), entry.value()) != null) {
                throw Failure.type(
                        "%s() got multiple values for keyword argument '%s'", function, key.text());
            }
        }
    }
}
