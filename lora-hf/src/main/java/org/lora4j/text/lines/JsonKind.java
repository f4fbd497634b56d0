/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

import com.google.gson.JsonElement;

/** What a JSON value is, for messages. */
public final class JsonKind {
    private JsonKind() {}

    public static String of(JsonElement value) {
        if (value.isJsonNull()) {
            return "null";
        }
        if (value.isJsonArray()) {
            return "an array";
        }
        if (value.isJsonObject()) {
            return "an object";
        }
        return value.getAsJsonPrimitive().isString()
                ? "a string"
                : value.getAsJsonPrimitive().isNumber() ? "a number" : "a bool";
    }
}
