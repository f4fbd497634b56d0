/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo.address;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An address as somebody writes it, and its fields.
 *
 * @param text the address
 * @param fields those of {@link #KEYS} that it has, in that order, each as the text has it, in half
 *     width and without noise
 */
public record Address(String text, Map<String, String> fields) {
    /** All fields, in the order in which an answer gives them. */
    public static final List<String> KEYS =
            List.of(
                    "zip county district village neighborhood road section lane alley number floor"
                            .split(" "));

    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    /**
     * Copies the fields into their order.
     *
     * @throws IllegalArgumentException if a field is none of {@link #KEYS}
     */
    public Address {
        for (String key : fields.keySet()) {
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException(
                        "'" + key + "' is no field of an address; expected some of " + KEYS);
            }
        }
        Map<String, String> ordered = new LinkedHashMap<>();
        for (String key : KEYS) {
            String value = fields.get(key);
            if (value != null) {
                ordered.put(key, value);
            }
        }
        fields = Collections.unmodifiableMap(ordered);
    }

    /** Returns the fields as one line of JSON without spaces. */
    public String json() {
        return GSON.toJson(fields);
    }

    /** Returns whether an answer is JSON with exactly these fields, in any order and spacing. */
    public boolean isAnsweredBy(String answer) {
        return read(answer).filter(fields::equals).isPresent();
    }

    /**
     * Reads an object of strings; a field that is null or empty counts as missing.
     *
     * @return the fields, or nothing if the text is something else
     */
    static Optional<Map<String, String>> read(String json) {
        try {
            JsonElement element = JsonParser.parseString(json);
            return element.isJsonObject() ? strings(element.getAsJsonObject()) : Optional.empty();
        } catch (JsonParseException e) {
            return Optional.empty();
        }
    }

    private static Optional<Map<String, String>> strings(JsonObject object) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
            JsonElement value = entry.getValue();
            if (value.isJsonNull()) {
                continue;
            }
            if (!value.isJsonPrimitive()) {
                return Optional.empty();
            }
            if (!value.getAsString().isEmpty()) {
                fields.put(entry.getKey(), value.getAsString());
            }
        }
        return Optional.of(fields);
    }
}
