/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.lora4j.block.AdapterNames.Published;

/** The selection of a scope, whose names are looked up at each pass. For one thread. */
final class ScopedSelection {
    private final AdapterSelection selection;
    private final Set<String> required;
    private SelectedAdapters seen;
    private SelectedAdapters adapters;

    /**
     * Begins with the adapters of now.
     *
     * @param now what passes see when the scope is opened
     * @param strict whether names that the tree does not have are refused; else they take no part
     */
    ScopedSelection(AdapterSelection selection, Published now, boolean strict) {
        this.selection = selection;
        Set<String> names = new LinkedHashSet<>(selection.weights().keySet());
        if (!strict) {
            names.retainAll(now.versions().keySet());
        } else if (!now.versions().keySet().containsAll(names)) {
            throw new IllegalArgumentException(
                    "no adapter \"%s\"; the model has %s"
                            .formatted(missing(names, now), now.versions().keySet()));
        }
        this.required = names;
        this.seen = now.defaults();
        this.adapters = SelectedAdapters.of(selection, now.versions(), now.gate());
    }

    private static String missing(Set<String> names, Published now) {
        return names.stream()
                .filter(name -> !now.versions().containsKey(name))
                .collect(Collectors.joining("\", \""));
    }

    AdapterSelection selection() {
        return selection;
    }

    /** Looks the names up again if anything has changed; one that was deleted is refused. */
    SelectedAdapters lookUp(Published now) {
        if (seen != now.defaults()) { // looked up once for each change
            for (String name : required) {
                if (!now.versions().containsKey(name)) {
                    throw new IllegalStateException(
                            ("adapter \"%s\" was deleted since the scope that uses it was opened;"
                                            + " the model has %s")
                                    .formatted(name, now.versions().keySet()));
                }
            }
            adapters = SelectedAdapters.of(selection, now.versions(), now.gate());
            seen = now.defaults();
        }
        return adapters;
    }
}
