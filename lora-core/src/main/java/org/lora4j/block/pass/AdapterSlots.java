/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.pass;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parts of each adapter that a host carries. Readers see each change completely or not at all.
 *
 * <p>Passes look parts up by the adapter; the owner of the tree looks them up by the adapter's
 * name, or by the key of an adapter that has no name yet or lost it ({@link AdapterNames}).
 *
 * @param <T> the type of the parts
 */
public final class AdapterSlots<T> {
    private final String path;
    private final AdapterNames names;
    private volatile Map<AdapterVersion, T> slots = Map.of();

    public AdapterSlots(String path, AdapterNames names) {
        this.path = path;
        this.names = names;
    }

    @Nullable
    public T get(AdapterVersion adapter) {
        return slots.get(adapter);
    }

    @Nullable
    public T get(String key) {
        AdapterVersion adapter = names.find(key);
        return adapter == null ? null : slots.get(adapter);
    }

    /** Returns the adapter of a name or a key that has a part here. */
    public AdapterVersion version(String key) {
        return Objects.requireNonNull(names.find(key), key);
    }

    public T require(String key) {
        T found = get(key);
        if (found == null) {
            throw new IllegalArgumentException(
                    "%s has no adapter \"%s\"; it has %s"
                            .formatted(path, AdapterNames.nameOf(key), names()));
        }
        return found;
    }

    /** Returns the names of the adapters that have a name and a part here. */
    public Set<String> names() {
        Set<String> found = new LinkedHashSet<>();
        for (AdapterVersion adapter : slots.keySet()) {
            if (names.isPublished(adapter)) {
                found.add(adapter.name());
            }
        }
        return found;
    }

    /** Returns whether there are no parts, not even of adapters without a name. */
    public boolean isEmpty() {
        return slots.isEmpty();
    }

    public Collection<T> values() {
        return slots.values();
    }

    public void checkFree(String key) {
        String name = AdapterNames.nameOf(key);
        if (name.isBlank()) {
            throw new IllegalArgumentException(path + ": an adapter needs a name, found none");
        }
        if (get(key) != null) {
            throw new IllegalArgumentException(
                    "%s already has an adapter \"%s\"; remove it first or choose another name"
                            .formatted(path, name));
        }
    }

    public synchronized void put(String key, T value) {
        Map<AdapterVersion, T> next = new LinkedHashMap<>(slots);
        next.put(names.findOrPublish(key), value);
        slots = Collections.unmodifiableMap(next);
    }

    synchronized @Nullable public T remove(String key) {
        AdapterVersion adapter = names.find(key);
        if (adapter == null) {
            return null;
        }
        Map<AdapterVersion, T> next = new LinkedHashMap<>(slots);
        T removed = next.remove(adapter);
        slots = Collections.unmodifiableMap(next);
        return removed;
    }
}
