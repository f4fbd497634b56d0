/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** The files that tools/goldens/make_chat_goldens.py wrote. */
public final class ChatGoldens {
    private static final Path FOLDER = Path.of("src/test/resources/golden/chat");

    private ChatGoldens() {}

    /** One file as a JSON object. */
    public static JsonObject read(String name) {
        try (Reader reader =
                new InputStreamReader(
                        new GZIPInputStream(Files.newInputStream(FOLDER.resolve(name))),
                        StandardCharsets.UTF_8)) {
            return JsonParser.parseReader(reader).getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** JSON as plain Java: maps in order, lists, text, whole and other numbers. */
    public static @Nullable Object plain(JsonElement json) {
        if (json.isJsonObject()) {
            return map(json.getAsJsonObject());
        }
        if (json.isJsonArray()) {
            List<@Nullable Object> list = new ArrayList<>();
            json.getAsJsonArray().forEach(item -> list.add(plain(item)));
            return list;
        }
        if (json.isJsonNull()) {
            return null;
        }
        JsonPrimitive value = json.getAsJsonPrimitive();
        if (value.isString()) {
            return value.getAsString();
        }
        if (value.isBoolean()) {
            return value.getAsBoolean();
        }
        return value.getAsString().matches("-?\\d+")
                ? (Object) new BigInteger(value.getAsString())
                : (Object) value.getAsDouble();
    }

    /** A JSON object as a map. */
    public static Map<String, @Nullable Object> map(JsonObject json) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        json.entrySet().forEach(member -> map.put(member.getKey(), plain(member.getValue())));
        return map;
    }
}
