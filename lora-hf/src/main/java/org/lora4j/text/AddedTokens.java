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
import org.lora4j.safetensors.InputFile;

/**
 * The tokens that tokenizer.json adds to its vocabulary.
 *
 * @param special the ids of special tokens by their text: those that no text of a user may become
 * @param others the ids of the other added tokens by their text
 */
record AddedTokens(Map<String, Integer> special, Map<String, Integer> others) {
    static AddedTokens read(Path tokenizer) throws IOException {
        AddedTokens found = new AddedTokens(new HashMap<>(), new HashMap<>());
        InputFile.requireText(tokenizer, TokenizerFile.MOST_BYTES);
        try (JsonReader json = new JsonReader(Files.newBufferedReader(tokenizer))) {
            json.beginObject();
            while (json.hasNext()) {
                if (json.nextName().equals("added_tokens")
                        && json.peek() == JsonToken.BEGIN_ARRAY) {
                    found.addAll(json);
                    break; // the vocabulary, the most of the file, need not be read
                }
                json.skipValue();
            }
        } catch (IllegalStateException | NumberFormatException | IOException e) {
            throw new IOException(tokenizer + ": not a tokenizer.json (" + e.getMessage() + ")", e);
        }
        return found;
    }

    private void addAll(JsonReader json) throws IOException {
        json.beginArray();
        while (json.hasNext()) {
            int id = -1;
            String content = "";
            boolean isSpecial = false;
            json.beginObject();
            while (json.hasNext()) {
                switch (json.nextName()) {
                    case "id" -> id = json.nextInt();
                    case "content" -> content = json.nextString();
                    case "special" -> isSpecial = json.nextBoolean();
                    default -> json.skipValue();
                }
            }
            json.endObject();
            if (id >= 0 && !content.isEmpty()) {
                (isSpecial ? special : others).put(content, id);
            }
        }
        json.endArray();
    }
}
