/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The filters: jinja2/filters.py 3.1.6, with transformers' tojson. */
final class Filters {
    /** What a filter does. */
    @FunctionalInterface
    interface Filter {
        Value apply(Execution run, Value value, Arguments arguments);
    }

    private static final Map<String, Filter> ALL = new HashMap<>();

    private static final Set<String> UNSUPPORTED =
            Set.of(
                    "filesizeformat",
                    "pprint",
                    "random",
                    "striptags",
                    "urlencode",
                    "urlize",
                    "wordwrap",
                    "xmlattr");

    static {
        TextFilters.addTo(ALL);
        SequenceFilters.addTo(ALL);
        ChoiceFilters.addTo(ALL);
        ValueFilters.addTo(ALL);
    }

    private Filters() {}

    static boolean exists(String name) {
        return ALL.containsKey(name) || UNSUPPORTED.contains(name);
    }

    static Value apply(Execution run, String name, Value value, Arguments arguments) {
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw UNSUPPORTED.contains(name)
                    ? Failure.unsupported("the filter '" + name + "'")
                    : Failure.of("TemplateAssertionError", "No filter named '" + name + "'.");
        }
        return filter.apply(run, value, arguments);
    }
}
