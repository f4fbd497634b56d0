/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.json;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;

/**
 * A text that is found whole before the model divides the rest.
 *
 * @param content the text
 * @param singleWord whether it counts only between word boundaries
 * @param lstrip whether white space before it belongs to it
 * @param rstrip whether white space after it belongs to it
 * @param normalized whether it is looked for in the normalized text
 * @param special whether decoding may leave it out
 */
public record AddedToken(
        String content,
        boolean singleWord,
        boolean lstrip,
        boolean rstrip,
        boolean normalized,
        boolean special) {

    private static final int LONGEST = 4096;

    /** A token without further conditions. */
    public static AddedToken of(String content, boolean special) {
        return new AddedToken(content, false, false, false, !special, special);
    }

    public static AddedToken read(JsonFields given) throws TokenizerFormatException {
        String content = given.text("content");
        if (content.length() > LONGEST) {
            throw new TokenizerFormatException(
                    "%s has %s characters; expected at most %s",
                    given.place("content"), content.length(), LONGEST);
        }
        boolean special = given.flag("special", false);
        return new AddedToken(
                content,
                given.flag("single_word", false),
                given.flag("lstrip", false),
                given.flag("rstrip", false),
                given.flag("normalized", !special),
                special);
    }

    /** A token that is written as a string or as an object. */
    public static AddedToken read(JsonElement value, String place) throws TokenizerFormatException {
        if (value instanceof JsonPrimitive) {
            return of(JsonFields.text(value, place), true);
        }
        return read(JsonFields.of(value, place));
    }

    public AddedToken asSpecial() {
        return special
                ? this
                : new AddedToken(content, singleWord, lstrip, rstrip, normalized, true);
    }

    public void write(JsonWriter json, int id) throws IOException {
        json.beginObject();
        json.name("id").value(id);
        json.name("content").value(content);
        json.name("single_word").value(singleWord);
        json.name("lstrip").value(lstrip);
        json.name("rstrip").value(rstrip);
        json.name("normalized").value(normalized);
        json.name("special").value(special);
        json.endObject();
    }
}
