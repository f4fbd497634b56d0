/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A dict in insertion order; filled while it is made, then never changed. */
final class DictValue implements Value {
    /** A key as it was written, and its value. */
    record Entry(Value key, Value value) {}

    private final Map<Value, Entry> entries = new LinkedHashMap<>();

    /** Adds or replaces; a key that is there keeps its place and its spelling. */
    void put(Value key, Value value) {
        Value canonical = HashKey.of(key);
        Entry old = entries.get(canonical);
        entries.put(canonical, new Entry(old == null ? key : old.key(), value));
    }

    void put(String key, Value value) {
        put(new StrValue(key), value);
    }

    @Nullable Value get(Value key) {
        Entry entry = entries.get(HashKey.of(key));
        return entry == null ? null : entry.value();
    }

    @Nullable Value get(String key) {
        return get(new StrValue(key));
    }

    Collection<Entry> entries() {
        return entries.values();
    }

    List<Value> keys() {
        List<Value> keys = new ArrayList<>(entries.size());
        entries.values().forEach(entry -> keys.add(entry.key()));
        return keys;
    }

    int size() {
        return entries.size();
    }

    @Override
    public String typeName() {
        return "dict";
    }

    @Override
    public boolean truth() {
        return !entries.isEmpty();
    }
}
