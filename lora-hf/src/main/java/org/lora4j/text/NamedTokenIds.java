/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.safetensors.InputFile;

/**
 * The ids of a few tokens, by their text. tokenizer.json may hold a vocabulary of many megabytes,
 * so it is streamed; an added token goes before one of the vocabulary with the same text.
 *
 * @param added ids among the added tokens
 * @param vocabulary ids in the vocabulary
 * @param padding the id with which the file itself asks to pad, if it does
 */
record NamedTokenIds(
        Map<String, Integer> added, Map<String, Integer> vocabulary, OptionalInt padding) {

    /** The id of a token, empty where the file does not have it or it is null. */
    OptionalInt of(@Nullable String token) {
        Integer id = token == null ? null : added.getOrDefault(token, vocabulary.get(token));
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    static NamedTokenIds read(Path tokenizer, Set<String> wanted) throws IOException {
        Map<String, Integer> added = new HashMap<>();
        Map<String, Integer> vocabulary = new HashMap<>();
        OptionalInt padding = OptionalInt.empty();
        InputFile.requireText(tokenizer, TokenizerFile.MOST_BYTES);
        try (JsonReader json = new JsonReader(Files.newBufferedReader(tokenizer))) {
            json.beginObject();
            while (json.hasNext()) {
                String name = json.nextName();
                if (name.equals("added_tokens") && json.peek() == JsonToken.BEGIN_ARRAY) {
                    readAdded(json, wanted, added);
                    if (added.size() == wanted.size() && !wanted.isEmpty()) {
                        break; // the vocabulary, the most of the file, need not be read
                    }
                } else if (name.equals("padding") && json.peek() == JsonToken.BEGIN_OBJECT) {
                    padding = padding(json);
                } else if (name.equals("model") && json.peek() == JsonToken.BEGIN_OBJECT) {
                    readModel(json, wanted, vocabulary);
                } else {
                    json.skipValue();
                }
            }
        } catch (IllegalStateException | NumberFormatException | IOException e) {
            throw new IOException(tokenizer + ": not a tokenizer.json (" + e.getMessage() + ")", e);
        }
        return new NamedTokenIds(added, vocabulary, padding);
    }

    private static void readAdded(JsonReader json, Set<String> wanted, Map<String, Integer> found)
            throws IOException {
        json.beginArray();
        while (json.hasNext()) {
            OptionalInt id = OptionalInt.empty();
            String content = "";
            json.beginObject();
            while (json.hasNext()) {
                switch (json.nextName()) {
                    case "id" -> id = OptionalInt.of(json.nextInt());
                    case "content" -> content = json.nextString();
                    default -> json.skipValue();
                }
            }
            json.endObject();
            if (wanted.contains(content) && id.isPresent()) {
                found.put(content, id.getAsInt());
            }
        }
        json.endArray();
    }

    private static void readModel(JsonReader json, Set<String> wanted, Map<String, Integer> found)
            throws IOException {
        json.beginObject();
        while (json.hasNext()) {
            boolean vocabulary = json.nextName().equals("vocab");
            if (vocabulary && !wanted.isEmpty() && json.peek() == JsonToken.BEGIN_OBJECT) {
                json.beginObject();
                while (json.hasNext()) {
                    String token = json.nextName();
                    if (wanted.contains(token) && json.peek() == JsonToken.NUMBER) {
                        found.put(token, json.nextInt());
                    } else {
                        json.skipValue();
                    }
                }
                json.endObject();
            } else {
                json.skipValue();
            }
        }
        json.endObject();
    }

    private static OptionalInt padding(JsonReader json) throws IOException {
        OptionalInt found = OptionalInt.empty();
        json.beginObject();
        while (json.hasNext()) {
            if (json.nextName().equals("pad_id") && json.peek() == JsonToken.NUMBER) {
                found = OptionalInt.of(json.nextInt());
            } else {
                json.skipValue();
            }
        }
        json.endObject();
        return found;
    }
}
