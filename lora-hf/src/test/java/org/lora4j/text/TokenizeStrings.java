/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Tokenizes strings for the live comparison with transformers. Its argument is a file of JSON lines
 * {@code {"directory": ..., "texts": [...]}}; for each it writes a line to the second file: ids
 * with special tokens, without, of the text as a pair with itself, and the ids decoded, all and
 * without special tokens; or the error.
 */
final class TokenizeStrings {
    private TokenizeStrings() {}

    public static void main(String[] arguments) throws IOException {
        StringBuilder out = new StringBuilder();
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            JsonObject job = JsonParser.parseString(line).getAsJsonObject();
            out.append(new Gson().toJson(answer(job))).append('\n');
        }
        Files.writeString(Path.of(arguments[1]), out, StandardCharsets.UTF_8);
    }

    private static JsonObject answer(JsonObject job) {
        JsonObject answer = new JsonObject();
        JsonArray texts = new JsonArray();
        Path directory = Path.of(job.get("directory").getAsString());
        try (TextTokenizer tokenizer = TextTokenizer.load(directory)) {
            for (JsonElement text : job.getAsJsonArray("texts")) {
                texts.add(tokenized(tokenizer, text.getAsString()));
            }
            answer.add("texts", texts);
        } catch (IOException | RuntimeException e) {
            answer.addProperty("error", String.valueOf(e.getMessage()));
        }
        return answer;
    }

    private static JsonObject tokenized(TextTokenizer tokenizer, String text) {
        int[] ids = tokenizer.encode(text, null, 1 << 20).ids();
        TokenizedExample pair = tokenizer.encode(text, text, 1 << 20);
        JsonObject answer = new JsonObject();
        answer.add("ids", numbers(ids));
        answer.add("open", numbers(tokenizer.encodeOpen(text)));
        answer.add("pair", numbers(pair.ids()));
        answer.add("types", numbers(pair.typeIds()));
        answer.addProperty("decoded", tokenizer.decode(ids));
        answer.addProperty("skipped", tokenizer.decode(ids, true));
        return answer;
    }

    private static JsonArray numbers(int[] values) {
        JsonArray array = new JsonArray();
        Arrays.stream(values).forEach(array::add);
        return array;
    }
}
