/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The arguments of one call: by position and by name, in the order given. */
record Arguments(String function, List<Value> positional, Map<String, Value> named) {
    static Arguments none(String function) {
        return new Arguments(function, List.of(), Map.of());
    }

    /** The argument of that place or name, or null where it is not given. */
    @Nullable Value find(int index, String name) {
        return index < positional.size() ? positional.get(index) : named.get(name);
    }

    Value get(int index, String name, Value otherwise) {
        Value found = find(index, name);
        return found == null ? otherwise : found;
    }

    Value require(int index, String name) {
        Value found = find(index, name);
        if (found == null) {
            throw Failure.type(function + "() missing a required argument: '" + name + "'");
        }
        return found;
    }

    /** Checks that there are no arguments beyond those of a signature. */
    Arguments only(String... names) {
        if (positional.size() > names.length) {
            throw Failure.type(
                    function
                            + "() takes at most "
                            + names.length
                            + " arguments ("
                            + positional.size()
                            + " given)");
        }
        for (String name : named.keySet()) {
            int index = List.of(names).indexOf(name);
            if (index < 0) {
                throw Failure.type(
                        function + "() got an unexpected keyword argument '" + name + "'");
            }
            if (index < positional.size()) {
                throw Failure.type(function + "() got multiple values for argument '" + name + "'");
            }
        }
        return this;
    }

    /** The same call without its first arguments. */
    Arguments from(int index) {
        int start = Math.min(index, positional.size());
        return new Arguments(function, positional.subList(start, positional.size()), named);
    }
}
