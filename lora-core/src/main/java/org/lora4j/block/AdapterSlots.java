/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The named things that a host carries: a map that readers see whole while its owner changes it.
 *
 * @param <T> what is named
 */
final class AdapterSlots<T> {
    private final String path;
    private volatile Map<String, T> slots = Map.of();

    AdapterSlots(String path) {
        this.path = path;
    }

    @Nullable T get(String name) {
        return slots.get(name);
    }

    T require(String name) {
        T found = slots.get(name);
        if (found == null) {
            throw new IllegalArgumentException(
                    path + " has no adapter \"" + name + "\"; it has " + slots.keySet());
        }
        return found;
    }

    Set<String> names() {
        return slots.keySet();
    }

    void checkFree(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException(path + ": an adapter needs a name, found none");
        }
        if (slots.containsKey(name)) {
            throw new IllegalArgumentException(
                    path
                            + " already has an adapter \""
                            + name
                            + "\"; remove it first or choose another name");
        }
    }

    synchronized void put(String name, T value) {
        Map<String, T> next = new LinkedHashMap<>(slots);
        next.put(name, value);
        slots = Collections.unmodifiableMap(next);
    }

    synchronized @Nullable T remove(String name) {
        Map<String, T> next = new LinkedHashMap<>(slots);
        T removed = next.remove(name);
        slots = Collections.unmodifiableMap(next);
        return removed;
    }
}
