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
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Small JSON files, read strictly and of bounded size. */
final class JsonText {
    private static final long MAX_BYTES = 16 << 20;
    private static final int MAX_DEPTH = 64;
    private static final TypeAdapter<JsonElement> ELEMENTS =
            new Gson().getAdapter(JsonElement.class);

    private JsonText() {}

    static String load(Path file) throws IOException {
        long size = Files.size(file);
        if (size > MAX_BYTES) {
            throw new InvalidAdapterException(
                    file, List.of("expected at most " + MAX_BYTES + " bytes, found " + size));
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new InvalidAdapterException(file, "expected UTF-8, found other bytes", e);
        }
    }

    static JsonObject parseObject(String text, Path file) throws IOException {
        checkDepth(text, file);
        try (JsonReader reader = new JsonReader(new StringReader(text))) {
            reader.setStrictness(Strictness.STRICT);
            JsonElement element = ELEMENTS.read(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT || !element.isJsonObject()) {
                throw new InvalidAdapterException(
                        file, List.of("expected one JSON object, found something else or more"));
            }
            return element.getAsJsonObject();
        } catch (InvalidAdapterException e) {
            throw e;
        } catch (IOException | JsonParseException | IllegalStateException e) {
            throw new InvalidAdapterException(
                    file, "expected a JSON object, found " + e.getMessage(), e);
        }
    }

    /** Ahead of parsing, since a tree is walked by recursion when it is written or compared. */
    private static void checkDepth(String text, Path file) throws IOException {
        int depth = 0;
        boolean string = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
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
                        file, List.of("expected values at most " + MAX_DEPTH + " deep"));
            }
        }
    }
}
