/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import org.lora4j.files.InputFile;

/** Small JSON files, read strictly and of bounded size. */
final class JsonText {
    private static final long MAX_BYTES = 16 << 20;
    private static final int MAX_DEPTH = 64;
    private static final int MAX_DIGITS = 1000;
    private static final TypeAdapter<JsonElement> ELEMENTS =
            new Gson().getAdapter(JsonElement.class);

    private JsonText() {}

    static String load(Path file) throws IOException {
        return InputFile.readText(file, MAX_BYTES);
    }

    static JsonObject parseObject(String text, Path file) throws IOException {
        checkBounds(text, file);
        try (JsonReader reader = new JsonReader(new StringReader(text))) {
            reader.setStrictness(Strictness.STRICT);
            JsonElement element = ELEMENTS.read(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT || !element.isJsonObject()) {
                throw new InvalidAdapterException(
                        file, "expected one JSON object, found something else or more");
            }
            return element.getAsJsonObject();
        } catch (InvalidAdapterException e) {
            throw e;
        } catch (IOException | JsonParseException | IllegalStateException e) {
            throw new InvalidAdapterException(
                    file, "expected a JSON object, found " + e.getMessage(), e);
        }
    }

    /**
     * Checks depth and digits before the text is parsed: a tree is walked by recursion when it is
     * written or compared, and the time that a number takes grows with the square of its digits.
     */
    private static void checkBounds(String text, Path file) throws IOException {
        int depth = 0;
        int digits = 0;
        boolean string = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            digits = !string && c >= '0' && c <= '9' ? digits + 1 : 0;
            if (digits > MAX_DIGITS) {
                throw new InvalidAdapterException(
                        file, "expected numbers of at most " + MAX_DIGITS + " digits");
            }
            if (string) {
                if (c == '\\') {
                    i++;
                } else {
                    string = c != '"';
                }
            } else if (c == '"') {
                string = true;
            } else if (c == '[' || c == '{') {
                depth++;
            } else if (c == ']' || c == '}') {
                depth--;
            }
            if (depth > MAX_DEPTH) {
                throw new InvalidAdapterException(
                        file, "expected values at most " + MAX_DEPTH + " deep");
            }
        }
    }
}
