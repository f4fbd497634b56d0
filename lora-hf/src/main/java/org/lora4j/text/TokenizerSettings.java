/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What the files beside tokenizer.json say, read by ourselves: DJL's reader fails on object tokens
 * and on a model_max_length of 1e30, which transformers writes for "none".
 *
 * @param maxLength the longest input in tokens, empty where the files set no bound
 * @param padId the id of the padding token, empty where there is none
 * @param truncateLeft whether tokens are cut off at the start
 */
record TokenizerSettings(OptionalInt maxLength, OptionalInt padId, boolean truncateLeft) {
    static TokenizerSettings read(Path directory) throws IOException {
        JsonObject config = object(directory.resolve("tokenizer_config.json"));
        JsonObject map = object(directory.resolve("special_tokens_map.json"));
        Path tokenizer = directory.resolve("tokenizer.json");
        String pad = token(config.get("pad_token"));
        if (pad == null) {
            pad = token(map.get("pad_token"));
        }
        return new TokenizerSettings(
                maxLength(config.get("model_max_length")),
                padId(tokenizer, pad),
                "left".equals(token(config.get("truncation_side"))));
    }

    private static OptionalInt maxLength(@Nullable JsonElement value) {
        if (value == null || !value.isJsonPrimitive() || !value.getAsJsonPrimitive().isNumber()) {
            return OptionalInt.empty();
        }
        double length = value.getAsDouble();
        return length >= 1 && length < Integer.MAX_VALUE
                ? OptionalInt.of((int) length)
                : OptionalInt.empty();
    }

    /** A token is written as a string or as an object with its content. */
    private static @Nullable String token(@Nullable JsonElement value) {
        JsonElement content =
                value != null && value.isJsonObject()
                        ? value.getAsJsonObject().get("content")
                        : value;
        return content != null
                        && content.isJsonPrimitive()
                        && content.getAsJsonPrimitive().isString()
                ? content.getAsString()
                : null;
    }

    private static JsonObject object(Path file) throws IOException {
        if (!Files.exists(file)) {
            return new JsonObject();
        }
        try (Reader reader = Files.newBufferedReader(file)) {
            JsonElement root = JsonParser.parseReader(reader);
            if (root.isJsonObject()) {
                return root.getAsJsonObject();
            }
        } catch (JsonParseException e) {
            throw new IOException(file + ": not JSON (" + e.getMessage() + ")", e);
        }
        throw new IOException(file + ": expected a JSON object");
    }

    /**
     * The id of the padding token: streams through tokenizer.json, which may hold a vocabulary of
     * many megabytes, and looks among the added tokens, then in the vocabulary, then at the padding
     * that the file itself asks for.
     */
    private static OptionalInt padId(Path tokenizer, @Nullable String pad) throws IOException {
        OptionalInt own = OptionalInt.empty();
        OptionalInt vocabulary = OptionalInt.empty();
        try (JsonReader json = new JsonReader(Files.newBufferedReader(tokenizer))) {
            json.beginObject();
            while (json.hasNext()) {
                String name = json.nextName();
                if (name.equals("added_tokens") && json.peek() == JsonToken.BEGIN_ARRAY) {
                    OptionalInt added = fromAddedTokens(json, pad);
                    if (added.isPresent()) {
                        return added;
                    }
                } else if (name.equals("padding") && json.peek() == JsonToken.BEGIN_OBJECT) {
                    own = member(json, "pad_id");
                } else if (name.equals("model") && json.peek() == JsonToken.BEGIN_OBJECT) {
                    vocabulary = fromModel(json, pad);
                } else {
                    json.skipValue();
                }
            }
        } catch (IllegalStateException | NumberFormatException | IOException e) {
            throw new IOException(tokenizer + ": not a tokenizer.json (" + e.getMessage() + ")", e);
        }
        return vocabulary.isPresent() ? vocabulary : own;
    }

    private static OptionalInt fromAddedTokens(JsonReader json, @Nullable String pad)
            throws IOException {
        OptionalInt found = OptionalInt.empty();
        json.beginArray();
        while (json.hasNext()) {
            OptionalInt id = OptionalInt.empty();
            String content = null;
            json.beginObject();
            while (json.hasNext()) {
                switch (json.nextName()) {
                    case "id" -> id = OptionalInt.of(json.nextInt());
                    case "content" -> content = json.nextString();
                    default -> json.skipValue();
                }
            }
            json.endObject();
            if (pad != null && pad.equals(content)) {
                found = id;
            }
        }
        json.endArray();
        return found;
    }

    private static OptionalInt fromModel(JsonReader json, @Nullable String pad) throws IOException {
        OptionalInt found = OptionalInt.empty();
        json.beginObject();
        while (json.hasNext()) {
            boolean vocabulary = json.nextName().equals("vocab");
            if (vocabulary && pad != null && json.peek() == JsonToken.BEGIN_OBJECT) {
                found = member(json, pad);
            } else {
                json.skipValue();
            }
        }
        json.endObject();
        return found;
    }

    private static OptionalInt member(JsonReader json, String wanted) throws IOException {
        OptionalInt found = OptionalInt.empty();
        json.beginObject();
        while (json.hasNext()) {
            if (json.nextName().equals(wanted) && json.peek() == JsonToken.NUMBER) {
                found = OptionalInt.of(json.nextInt());
            } else {
                json.skipValue();
            }
        }
        json.endObject();
        return found;
    }
}
