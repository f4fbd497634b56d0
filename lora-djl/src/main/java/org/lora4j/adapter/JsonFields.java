/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Typed access to the fields of a JSON object; gathers what is wrong with them. */
public final class JsonFields {
    private static final int LONGEST_EXCERPT = 80;

    private final JsonObject object;
    private final List<String> problems = new ArrayList<>();

    public JsonFields(JsonObject object) {
        this.object = object;
    }

    void throwIfAny(Path file) throws InvalidAdapterException {
        if (!problems.isEmpty()) {
            throw new InvalidAdapterException(file, problems);
        }
    }

    /** The value, where a missing key and null are one. */
    @Nullable JsonElement get(String key) {
        JsonElement value = object.get(key);
        return value == null || value instanceof JsonNull ? null : value;
    }

    int integer(String key, int otherwise) {
        if (!object.has(key)) {
            return otherwise;
        }
        Integer value = integerOrNull(object.get(key));
        if (value == null) {
            problem(key, "an integer", object.get(key));
            return otherwise;
        }
        return value;
    }

    @Nullable Long longOrNull(String key) {
        JsonElement value = get(key);
        if (value == null) {
            return null;
        }
        try {
            if (isNumber(value)) {
                return Long.valueOf(value.getAsString());
            }
        } catch (NumberFormatException e) {
            problem(key, "an integer of 64 bits", value);
            return null;
        }
        problem(key, "an integer", value);
        return null;
    }

    double number(String key, double otherwise) {
        if (!object.has(key)) {
            return otherwise;
        }
        JsonElement value = object.get(key);
        if (!isNumber(value)) {
            problem(key, "a number", value);
            return otherwise;
        }
        return Double.parseDouble(value.getAsString());
    }

    boolean bool(String key) {
        JsonElement value = get(key);
        if (value == null) {
            return false;
        }
        if (!(value instanceof JsonPrimitive primitive && primitive.isBoolean())) {
            problem(key, "true or false", value);
            return false;
        }
        return value.getAsBoolean();
    }

    @Nullable String text(String key) {
        JsonElement value = get(key);
        if (value == null || isText(value)) {
            return value == null ? null : value.getAsString();
        }
        problem(key, "text or null", value);
        return null;
    }

    /** A list of texts without repetitions; null and a missing key are the empty list. */
    List<String> texts(String key) {
        return List.copyOf(new LinkedHashSet<>(textList(key)));
    }

    /** A list of texts as it stands; null and a missing key are the empty list. */
    List<String> textList(String key) {
        return list(key, "a list of texts", JsonFields::textOrNull);
    }

    /** As {@link #texts}, where one text stands for a list of it. */
    List<String> textOrTexts(String key) {
        JsonElement value = get(key);
        return value != null && isText(value) ? List.of(value.getAsString()) : texts(key);
    }

    List<Integer> integerOrIntegers(String key) {
        JsonElement value = get(key);
        Integer single = value == null ? null : integerOrNull(value);
        return single != null ? List.of(single) : list(key, "integers", JsonFields::integerOrNull);
    }

    Map<String, Integer> integers(String key) {
        return map(key, "an integer", JsonFields::integerOrNull);
    }

    Map<String, Double> numbers(String key) {
        return map(
                key,
                "a number",
                value -> isNumber(value) ? Double.valueOf(value.getAsString()) : null);
    }

    void problem(String key, String expected, @Nullable JsonElement found) {
        String text = String.valueOf(found);
        String excerpt =
                text.length() > LONGEST_EXCERPT ? text.substring(0, LONGEST_EXCERPT) + "..." : text;
        problems.add(key + ": expected " + expected + ", found " + excerpt);
    }

    private <T> List<T> list(String key, String what, Function<JsonElement, @Nullable T> convert) {
        List<T> values = new ArrayList<>();
        JsonElement value = get(key);
        if (value == null) {
            return values;
        }
        if (!(value instanceof JsonArray array)) {
            problem(key, what, value);
            return values;
        }
        for (JsonElement element : array) {
            T converted = convert.apply(element);
            if (converted == null) {
                problem(key, what, element);
                return values;
            }
            values.add(converted);
        }
        return values;
    }

    private <T> Map<String, T> map(
            String key, String what, Function<JsonElement, @Nullable T> convert) {
        Map<String, T> values = new LinkedHashMap<>();
        JsonElement value = get(key);
        if (value == null) {
            return values;
        }
        if (!(value instanceof JsonObject entries)) {
            problem(key, "an object", value);
            return values;
        }
        for (Map.Entry<String, JsonElement> entry : entries.entrySet()) {
            T converted = convert.apply(entry.getValue());
            if (converted == null) {
                problem(key + "." + entry.getKey(), what, entry.getValue());
            } else {
                values.put(entry.getKey(), converted);
            }
        }
        return values;
    }

    private static @Nullable String textOrNull(JsonElement value) {
        return isText(value) ? value.getAsString() : null;
    }

    private static @Nullable Integer integerOrNull(JsonElement value) {
        if (!isNumber(value)) {
            return null;
        }
        try {
            return Integer.valueOf(value.getAsString());
        } catch (NumberFormatException e) {
            return null;
        }
    }

    static boolean isText(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isString();
    }

    static boolean isNumber(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isNumber();
    }

    /** Python's truth of a JSON value: what is not null, false, 0, or empty. */
    static boolean isTruthy(@Nullable JsonElement value) {
        if (value instanceof JsonArray array) {
            return !array.isEmpty();
        }
        if (value instanceof JsonObject entries) {
            return !entries.isEmpty();
        }
        if (value instanceof JsonPrimitive primitive) {
            if (primitive.isBoolean()) {
                return primitive.getAsBoolean();
            }
            return primitive.isString()
                    ? !primitive.getAsString().isEmpty()
                    : Double.parseDouble(primitive.getAsString()) != 0;
        }
        return false;
    }
}
