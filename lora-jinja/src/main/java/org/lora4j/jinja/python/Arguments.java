/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.python;

import java.util.List;
import java.util.Map;

/** The arguments of one call: by position and by name, in the order given. */
public record Arguments(String function, List<Value> positional, Map<String, Value> named) {
    public static Arguments none(String function) {
        return new Arguments(function, List.of(), Map.of());
    }

    /** The same call without its first arguments. */
    public Arguments from(int index) {
        int start = Math.min(index, positional.size());
        return new Arguments(function, positional.subList(start, positional.size()), named);
    }
}
