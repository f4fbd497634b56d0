/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.words;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * llama.cpp's names of the ways in which byte-level tokenizers part a text before they merge:
 * tokenizer.ggml.pre. llama.cpp has the regular expressions built in, and knows them by a name; the
 * name is chosen by the expression itself.
 */
final class PreTokenizers {
    private static final Map<String, String> BY_PATTERN =
            Map.of(
                    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+|"
                            + " ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
                    "gpt-2",
                    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
                            + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                    "llama-bpe",
                    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
                            + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                    "qwen2");

    private PreTokenizers() {}

    /** Returns the name for a pre-tokenizer of tokenizer.json, or none where llama.cpp has none. */
    static Optional<String> nameOf(JsonObject preTokenizer) {
        List<JsonObject> steps = new ArrayList<>();
        if (type(preTokenizer).equals("Sequence")) {
            JsonArray inner = preTokenizer.getAsJsonArray("pretokenizers");
            for (JsonElement step : inner) {
                steps.add(step.getAsJsonObject());
            }
        } else {
            steps.add(preTokenizer);
        }
        JsonObject last = steps.get(steps.size() - 1);
        if (!type(last).equals("ByteLevel") || flag(last, "add_prefix_space", true)) {
            return Optional.empty();
        }
        boolean own = flag(last, "use_regex", true);
        if (steps.size() == 1 && own) {
            return Optional.of("gpt-2");
        }
        if (steps.size() != 2 || own || !type(steps.get(0)).equals("Split")) {
            return Optional.empty();
        }
        JsonObject split = steps.get(0);
        JsonObject pattern = split.getAsJsonObject("pattern");
        boolean isolated =
                split.get("behavior").getAsString().equals("Isolated")
                        && !flag(split, "invert", false);
        return isolated && pattern.has("Regex")
                ? Optional.ofNullable(BY_PATTERN.get(pattern.get("Regex").getAsString()))
                : Optional.empty();
    }

    static String type(JsonObject part) {
        return part.has("type") ? part.get("type").getAsString() : "";
    }

    static boolean flag(JsonObject part, String key, boolean otherwise) {
        return (part.has(key) && !part.get(key).isJsonNull())
                ? part.get(key).getAsBoolean()
                : otherwise;
    }
}
