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

/** Reads Java's values as Python's, and counts their characters. */
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
                    "a template's input has more than "
                            + MAX_DEPTH
                            + " lists and maps inside one another");
        }
        characters++;
        if (value == null) {
            return None.NONE;
        }
        if (value instanceof CharSequence text) {
            characters += text.length();
            return new StrValue(text.toString());
        }
        if (value instanceof Boolean bool) {
            return BoolValue.of(bool);
        }
        if (value instanceof Map<?, ?> map) {
            return dict(map, depth);
        }
        if (value instanceof Collection<?> items) {
            List<Value> list = new ArrayList<>(items.size());
            for (Object item : items) {
                list.add(read(item, depth + 1));
            }
            return new ListValue(list);
        }
        if (value instanceof Number number) {
            return number(number);
        }
        throw new IllegalArgumentException(
                "a template's input is a "
                        + value.getClass().getName()
                        + "; expected text, numbers, bools, null, and lists and maps of them");
    }

    private Value dict(Map<?, ?> map, int depth) {
        DictValue dict = new DictValue();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getKey() instanceof String key)) {
                throw new IllegalArgumentException(
                        "a map of a template's input has the key "
                                + entry.getKey()
                                + "; expected keys of type String");
            }
            characters += key.length();
            dict.put(key, read(entry.getValue(), depth + 1));
        }
        return dict;
    }

    private static Value number(Number number) {
        if (number instanceof Double || number instanceof Float) {
            return new FloatValue(number.doubleValue());
        }
        if (number instanceof BigInteger exact) {
            return IntValue.of(exact);
        }
        if (number instanceof BigDecimal exact) {
            return new FloatValue(exact.doubleValue());
        }
        return IntValue.of(number.longValue());
    }
}
