/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.python.Value;

/** Converts Java values to Python values and counts their characters. */
final class Inputs {
    private static final int MAX_DEPTH = 200;

    private long characters;

    long characters() {
        return characters;
    }

    Value read(@Nullable Object value) {
        return read(value, 0);
    }

    private Value read(@Nullable Object value, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException(
                    "a template's input has more than %d lists and maps inside one another"
                            .formatted(MAX_DEPTH));
        }
        characters++;
        if (value == null) {
            return Value.None.NONE;
        }
        if (value instanceof CharSequence text) {
            characters += text.length();
            return new Value.Str(text.toString());
        }
        if (value instanceof Boolean bool) {
            return Value.Bool.of(bool);
        }
        if (value instanceof Map<?, ?> map) {
            return dict(map, depth);
        }
        if (value instanceof Collection<?> items) {
            List<Value> list = new ArrayList<>(items.size());
            for (Object item : items) {
                list.add(read(item, depth + 1));
            }
            return Value.Seq.list(list);
        }
        if (value instanceof Double || value instanceof Float || value instanceof BigDecimal) {
            return new Value.Real(((Number) value).doubleValue());
        }
        if (value instanceof BigInteger exact) {
            return new Value.Int(exact); // of any length, but only numbers within the limit print
        }
        if (value instanceof Number number) {
            return Value.Int.of(number.longValue());
        }
        throw new IllegalArgumentException(
                ("a template's input is a %s; expected texts, numbers, booleans, null, and lists"
                                + " and maps of them")
                        .formatted(value.getClass().getName()));
    }

    private Value dict(Map<?, ?> map, int depth) {
        Value.Dict dict = new Value.Dict();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getKey() instanceof String key)) {
                throw new IllegalArgumentException(
                        "a map of a template's input has the key %s; expected keys of type String"
                                .formatted(entry.getKey()));
            }
            characters += key.length();
            dict.put(new Value.Str(key), read(entry.getValue(), depth + 1));
        }
        return dict;
    }
}
