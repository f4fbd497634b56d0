/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes the fields of a configuration into a file's JSON.
 *
 * @param source the file that was read; empty for a new one
 * @param json the file that is written
 * @param before the configuration that the file said, or null
 * @param now the configuration that it is to say
 */
record FieldWriter<C>(JsonObject source, JsonObject json, @Nullable C before, C now) {
    /** Keeps the file's own value where the configuration was not changed from what it says. */
    <T> void put(
            String key, Function<C, T> field, Function<? super T, ? extends JsonElement> write) {
        T value = field.apply(now);
        boolean kept =
                before != null && source.has(key) && Objects.equals(field.apply(before), value);
        if (!kept) {
            json.add(key, write.apply(value));
        }
    }
}
