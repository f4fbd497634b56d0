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
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.Excerpt;

/** Typed access to the fields of a JSON object; gathers what is wrong with them. */
final class JsonFields {
    private static final String NUMBER = "a number that is finite in float32";

    private final JsonObject object;
    private final String prefix;
    private final List<String> problems;

    JsonFields(JsonObject object) {
        this(object, "", new ArrayList<>());
    }

    private JsonFields(JsonObject object, String prefix, List<String> problems) {
        this.object = object;
        this.prefix = prefix;
        this.problems = problems;
    }

    /** The fields of an object, whose problems are this object's; null where there is none. */
    @Nullable JsonFields object(String key) {
        JsonElement value = get(key);
        if (value instanceof JsonObject inner) {
            return new JsonFields(inner, prefix + key + ".", problems);
        }
        if (value != null) {
            problem(key, "an object or null", value);
        }
        return null;
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
        Integer value = convert(key, object.get(key), "an integer", JsonFields::integerOrNull);
        return Objects.requireNonNullElse(value, otherwise);
    }

    @Nullable Long longOrNull(String key) {
        return convert(
                key,
                get(key),
                "an integer of 64 bits",
                value -> numberOrNull(value, Long::valueOf));
    }

    double number(String key, double otherwise) {
        Double value = convert(key, object.get(key), NUMBER, JsonFields::doubleOrNull);
        return Objects.requireNonNullElse(value, otherwise);
    }

    boolean bool(String key) {
        Boolean value = convert(key, get(key), "true or false", JsonFields::booleanOrNull);
        return Boolean.TRUE.equals(value);
    }

    @Nullable String text(String key) {
        return convert(key, get(key), "text or null", JsonFields::textOrNull);
    }

    /** Null for null; also, with a problem noted, for a value that is not what it should be. */
    private <T> @Nullable T convert(
            String key,
            @Nullable JsonElement value,
            String what,
            Function<JsonElement, @Nullable T> conversion) {
        T converted = value == null ? null : conversion.apply(value);
        if (value != null && converted == null) {
            problem(key, what, value);
        }
        return converted;
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

    /** A list of integers as it stands; null and a missing key are the empty list. */
    List<Integer> integerList(String key) {
        return list(key, "a list of integers", JsonFields::integerOrNull);
    }

    /** An object of lists of integers; null and a missing key are the empty one. */
    Map<String, List<Integer>> integerLists(String key) {
        return map(key, "a list of integers", JsonFields::integersOrNull);
    }

    private static @Nullable List<Integer> integersOrNull(JsonElement value) {
        if (!(value instanceof JsonArray array)) {
            return null;
        }
        List<Integer> integers = new ArrayList<>();
        for (JsonElement element : array) {
            Integer integer = integerOrNull(element);
            if (integer == null) {
                return null;
            }
            integers.add(integer);
        }
        return integers;
    }

    Map<String, String> textMap(String key) {
        return map(key, "a text", JsonFields::textOrNull);
    }

    Map<String, Integer> integers(String key) {
        return map(key, "an integer", JsonFields::integerOrNull);
    }

    Map<String, Double> numbers(String key) {
        return map(key, NUMBER, JsonFields::doubleOrNull);
    }

    void problem(String key, String expected, @Nullable JsonElement found) {
        String excerpt = Excerpt.of(String.valueOf(found));
        problems.add("%s%s: expected %s, found %s".formatted(prefix, key, expected, excerpt));
    }

    private <T> List<T> list(
            String key, String what, Function<JsonElement, @Nullable T> conversion) {
        List<T> values = new ArrayList<>();
        JsonElement value = get(key);
        if (value != null && !(value instanceof JsonArray)) {
            problem(key, what, value);
        }
        if (value instanceof JsonArray array) {
            for (JsonElement element : array) {
                T converted = convert(key, element, what, conversion);
                if (converted == null) {
                    break;
                }
                values.add(converted);
            }
        }
        return values;
    }

    private <T> Map<String, T> map(
            String key, String what, Function<JsonElement, @Nullable T> conversion) {
        Map<String, T> values = new LinkedHashMap<>();
        JsonElement value = get(key);
        if (value != null && !(value instanceof JsonObject)) {
            problem(key, "an object", value);
        }
        if (value instanceof JsonObject entries) {
            for (Map.Entry<String, JsonElement> entry : entries.entrySet()) {
                String place = key + "." + entry.getKey();
                T converted = convert(place, entry.getValue(), what, conversion);
                if (converted != null) {
                    values.put(entry.getKey(), converted);
                }
            }
        }
        return values;
    }

    private static @Nullable String textOrNull(JsonElement value) {
        return isText(value) ? value.getAsString() : null;
    }

    private static @Nullable Boolean booleanOrNull(JsonElement value) {
        boolean bool = value instanceof JsonPrimitive primitive && primitive.isBoolean();
        return bool ? value.getAsBoolean() : null;
    }

    private static @Nullable Integer integerOrNull(JsonElement value) {
        return numberOrNull(value, Integer::valueOf);
    }

    /** A number that float32 holds, as the layers use it. */
    private static @Nullable Double doubleOrNull(JsonElement value) {
        Double number = numberOrNull(value, Double::valueOf);
        return number != null && Float.isFinite(number.floatValue()) ? number : null;
    }

    private static <T> @Nullable T numberOrNull(JsonElement value, Function<String, T> parse) {
        try {
            return isNumber(value) ? parse.apply(value.getAsString()) : null;
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
