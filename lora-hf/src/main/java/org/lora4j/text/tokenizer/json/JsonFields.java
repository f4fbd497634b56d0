/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.json;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * Typed access to the fields of a JSON object. Errors name the field by its place in the file, such
 * as {@code normalizer.normalizers[1].pattern}.
 */
public final class JsonFields {
    private static final Gson GSON = new Gson();

    private final JsonObject json;
    private final String place;

    public JsonFields(JsonObject json, String place) {
        this.json = json;
        this.place = place;
    }

    public static JsonFields of(JsonElement element, String place) throws TokenizerFormatException {
        if (!element.isJsonObject()) {
            throw wrong(place, "an object", element);
        }
        return new JsonFields(element.getAsJsonObject(), place);
    }

    String place() {
        return place;
    }

    String place(String name) {
        return place.isEmpty() ? name : place + "." + name;
    }

    /** The value of a field, JSON null where it is absent. */
    JsonElement get(String name) {
        JsonElement value = json.get(name);
        return value == null ? JsonNull.INSTANCE : value;
    }

    public boolean has(String name) {
        return !get(name).isJsonNull();
    }

    String text(String name) throws TokenizerFormatException {
        return text(get(name), place(name));
    }

    @Nullable
    public String textOrNull(String name) throws TokenizerFormatException {
        return has(name) ? text(name) : null;
    }

    public boolean flag(String name) throws TokenizerFormatException {
        JsonElement value = get(name);
        if (!(value instanceof JsonPrimitive primitive) || !primitive.isBoolean()) {
            throw wrong(place(name), "true or false", value);
        }
        return primitive.getAsBoolean();
    }

    public boolean flag(String name, boolean absent) throws TokenizerFormatException {
        return has(name) ? flag(name) : absent;
    }

    @Nullable
    public Boolean flagOrNull(String name) throws TokenizerFormatException {
        return has(name) ? (Boolean) flag(name) : null;
    }

    public int count(String name, int most) throws TokenizerFormatException {
        return count(get(name), place(name), most);
    }

    JsonArray list(String name) throws TokenizerFormatException {
        return list(get(name), place(name));
    }

    JsonFields object(String name) throws TokenizerFormatException {
        return of(get(name), place(name));
    }

    /** A text without half surrogate pairs, which UTF-8 cannot hold. */
    static String text(JsonElement value, String place) throws TokenizerFormatException {
        if (!(value instanceof JsonPrimitive primitive) || !primitive.isString()) {
            throw wrong(place, "a string", value);
        }
        String text = primitive.getAsString();
        requireWellFormed(text, place);
        return text;
    }

    public static void requireWellFormed(String text, String place)
            throws TokenizerFormatException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new TokenizerFormatException(
                        "%s has half a surrogate pair, which is no character", place);
            }
        }
    }

    static JsonArray list(JsonElement value, String place) throws TokenizerFormatException {
        if (!value.isJsonArray()) {
            throw wrong(place, "a list", value);
        }
        return value.getAsJsonArray();
    }

    /** A whole number from 0 to most. */
    public static int count(JsonElement value, String place, int most)
            throws TokenizerFormatException {
        if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
            String digits = primitive.getAsString();
            if (digits.matches("[0-9]{1,10}") && Long.parseLong(digits) <= most) {
                return Integer.parseInt(digits);
            }
        }
        throw wrong(place, "a whole number from 0 to " + most, value);
    }

    /** A finite number as it is written. */
    static String number(JsonElement value, String place) throws TokenizerFormatException {
        if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
            String written = primitive.getAsString();
            if (written.length() <= 40 && Double.isFinite(Double.parseDouble(written))) {
                return new BigDecimal(written).signum() == 0 ? "0.0" : written;
            }
        }
        throw wrong(place, "a number", value);
    }

    public static TokenizerFormatException wrong(String place, String expected, JsonElement found) {
        String said = found.isJsonNull() ? "none" : found.toString();
        return new TokenizerFormatException(
                "%s: expected %s, found %s",
                place, expected, said.length() > 60 ? said.substring(0, 60) + "..." : said);
    }

    /** A component: its type, and its fields as {@link #json} takes them. */
    public static JsonObject part(String type, @Nullable Object... namesAndValues) {
        JsonObject part = new JsonObject();
        part.addProperty("type", type);
        return add(part, namesAndValues);
    }

    /**
     * A JSON object.
     *
     * @param namesAndValues names, each followed by its value: a text, a number, a boolean, a list
     *     of those, or JSON; null for JSON's null
     */
    public static JsonObject json(@Nullable Object... namesAndValues) {
        return add(new JsonObject(), namesAndValues);
    }

    private static JsonObject add(JsonObject json, @Nullable Object... namesAndValues) {
        for (int i = 0; i < namesAndValues.length; i += 2) {
            Object value = namesAndValues[i + 1];
            json.add(
                    String.valueOf(namesAndValues[i]),
                    value instanceof JsonElement element ? element : GSON.toJsonTree(value));
        }
        return json;
    }
}
