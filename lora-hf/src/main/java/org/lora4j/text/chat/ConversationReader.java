/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.lines.JsonKind;

/**
 * Reads a conversation of JSON: {@code messages}, and possibly {@code tools}, {@code documents}.
 */
public final class ConversationReader {
    private static final int MAX_DEPTH = 100;

    private ConversationReader() {}

    /**
     * Reads a row.
     *
     * @throws IllegalArgumentException if it is none, which says what is wrong
     */
    public static Conversation read(JsonObject row) {
        List<Map<String, @Nullable Object>> messages = maps(row, "messages");
        if (messages == null || messages.isEmpty()) {
            throw new IllegalArgumentException(
                    "'messages' is empty; expected a list of objects with a role and a content");
        }
        List<Message> read = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            try {
                read.add(new Message(messages.get(i)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("message " + (i + 1) + ": " + e.getMessage(), e);
            }
        }
        return new Conversation(read, maps(row, "tools"), maps(row, "documents"));
    }

    private static @Nullable List<Map<String, @Nullable Object>> maps(
            JsonObject row, String member) {
        JsonElement value = row.get(member);
        if (value == null || value.isJsonNull()) {
            return null;
        }
        if (value instanceof JsonPrimitive text && text.isString()) {
            value = parsed(text.getAsString()); // tables of columns keep schemas as text
        }
        if (!(value instanceof JsonArray array)) {
            throw new IllegalArgumentException(
                    "'" + member + "' is " + JsonKind.of(row.get(member)) + "; expected a list");
        }
        List<Map<String, @Nullable Object>> maps = new ArrayList<>();
        for (JsonElement item : array) {
            if (!(item instanceof JsonObject object)) {
                throw new IllegalArgumentException(
                        "'%s' has %s at position %s; expected objects"
                                .formatted(member, JsonKind.of(item), maps.size() + 1));
            }
            maps.add(map(object, 1));
        }
        return maps;
    }

    private static @Nullable JsonElement parsed(String text) {
        try {
            return JsonParser.parseString(text);
        } catch (JsonParseException e) {
            return null;
        }
    }

    private static Map<String, @Nullable Object> map(JsonObject object, int depth) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        object.entrySet()
                .forEach(member -> map.put(member.getKey(), plain(member.getValue(), depth)));
        return map;
    }

    private static @Nullable Object plain(JsonElement json, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException(
                    "more than " + MAX_DEPTH + " lists and objects inside one another");
        }
        if (json instanceof JsonObject object) {
            return map(object, depth + 1);
        }
        if (json instanceof JsonArray array) {
            List<@Nullable Object> list = new ArrayList<>();
            array.forEach(item -> list.add(plain(item, depth + 1)));
            return list;
        }
        if (json.isJsonNull()) {
            return null;
        }
        JsonPrimitive value = json.getAsJsonPrimitive();
        if (value.isBoolean()) {
            return value.getAsBoolean();
        }
        return value.isString() ? value.getAsString() : number(value.getAsString());
    }

    /** As Python reads it: whole numbers without a point or exponent are integers. */
    private static Object number(String written) {
        boolean whole = written.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
        if (whole && written.length() > 4300) {
            throw new IllegalArgumentException("an integer of more than 4300 digits");
        }
        return whole ? (Object) new BigInteger(written) : (Object) Double.valueOf(written);
    }
}
