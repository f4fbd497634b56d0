/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Finds the regular expressions of checked components. */
public final class Patterns {
    private Patterns() {}

    /**
     * The patterns of components and of what lies in them.
     *
     * @param byteLevel the pattern that a ByteLevel with use_regex brings along
     */
    static List<String> in(List<JsonElement> components, String byteLevel) {
        List<String> found = new ArrayList<>();
        components.forEach(component -> collect(component, byteLevel, found));
        return found;
    }

    private static void collect(JsonElement element, String byteLevel, List<String> found) {
        if (element.isJsonArray()) {
            element.getAsJsonArray().forEach(each -> collect(each, byteLevel, found));
        } else if (element.isJsonObject()) {
            JsonObject object = element.getAsJsonObject();
            if (object.has("Regex")) {
                found.add(object.get("Regex").getAsString());
            }
            if (object.has("use_regex") && object.get("use_regex").getAsBoolean()) {
                found.add(byteLevel);
            }
            object.entrySet().forEach(each -> collect(each.getValue(), byteLevel, found));
        }
    }
}
