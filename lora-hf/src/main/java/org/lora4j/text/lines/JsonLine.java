/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

import com.google.errorprone.annotations.FormatMethod;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A line of a jsonl file. Its errors name the file and the line.
 *
 * @param file the file
 * @param number the line's number, counted from 1
 * @param members what the line's JSON object has
 */
public record JsonLine(Path file, int number, JsonObject members) {
    /**
     * Parses a line.
     *
     * @throws TextFileException if it is anything but one JSON object
     */
    public static JsonLine of(Path file, int number, String line) throws TextFileException {
        if (line.stripLeading().startsWith("[")) {
            throw new TextFileException(
                    file,
                    number,
                    "found an array; expected one JSON object a line, as jq -c '.[]' FILE writes"
                            + " it");
        }
        try (JsonReader json = new JsonReader(new StringReader(line))) {
            json.setStrictness(Strictness.STRICT);
            JsonElement value = JsonParser.parseReader(json);
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw new TextFileException(
                        file, number, "text after the JSON object; expected one object a line");
            }
            if (value instanceof JsonObject members) {
                return new JsonLine(file, number, members);
            }
            throw new TextFileException(
                    file, number, "expected a JSON object, found %s", JsonKind.of(value));
        } catch (TextFileException e) {
            throw e;
        } catch (JsonParseException | IOException e) {
            throw new TextFileException(
                    file, number, "not a JSON object (" + reason(e) + "); expected one a line", e);
        }
    }

    /** What the parser found and at which column, without its advice to those who program. */
    private static String reason(Exception e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return String.valueOf(cause.getMessage())
                .replaceFirst("\\R(?s:.*)", "")
                .replaceFirst("^Use JsonReader\\.\\S+ to accept (?=malformed)", "")
                .replaceFirst(" at line \\d+ (column \\d+) path .*", " at $1");
    }

    /**
     * The text of a member.
     *
     * @param member the name of a member that the line has
     * @throws TextFileException if it is no string
     */
    public String text(String member) throws TextFileException {
        JsonElement value = members.get(member);
        if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isString()) {
            return value.getAsString();
        }
        throw error("'%s' is %s; expected a string", member, JsonKind.of(value));
    }

    /** An error of this line: a format, and its values. */
    @FormatMethod
    public TextFileException error(String what, @Nullable Object... values) {
        return new TextFileException(file, number, what, values);
    }
}
