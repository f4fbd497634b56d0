/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.safetensors.InputFile;

/**
 * Loads tokenizer.json with truncation and padding off. Files written since tokenizers 0.20 spell
 * BPE merges as pairs, which DJL before 0.30 cannot read; for it they are respelt as "left right".
 */
final class TokenizerFile {
    private static final Map<String, String> OPTIONS =
            Map.of("addSpecialTokens", "true", "truncation", "false", "padding", "false");

    /** Those of the largest vocabularies have some 35 MB. */
    static final long MOST_BYTES = 256L << 20;

    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    private TokenizerFile() {}

    static HuggingFaceTokenizer load(Path file) throws IOException {
        InputFile.requireText(file, MOST_BYTES);
        try {
            // Given the directory, DJL would also read tokenizer_config.json, and fail on some.
            return HuggingFaceTokenizer.newInstance(file, OPTIONS);
        } catch (RuntimeException first) {
            String respelt = withMergesAsStrings(file);
            if (respelt != null) {
                byte[] bytes = respelt.getBytes(StandardCharsets.UTF_8);
                try (ByteArrayInputStream in = new ByteArrayInputStream(bytes)) {
                    return HuggingFaceTokenizer.newInstance(in, OPTIONS);
                } catch (RuntimeException second) {
                    first.addSuppressed(second);
                }
            }
            throw new IOException(file + ": cannot be loaded (" + first.getMessage() + ")", first);
        }
    }

    /** The same tokenizer, to which special tokens are text like any other. */
    static HuggingFaceTokenizer loadWithoutAddedTokens(Path file) throws IOException {
        JsonObject root;
        try (Reader reader = Files.newBufferedReader(file)) {
            root = JsonParser.parseReader(reader).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            throw new IOException(file + ": not a tokenizer.json (" + e.getMessage() + ")", e);
        }
        root.add("added_tokens", new JsonArray());
        root.remove("post_processor"); // it may name tokens that are gone
        Path temporary = Files.createTempFile("tokenizer", ".json");
        try {
            Files.writeString(temporary, GSON.toJson(root));
            return load(temporary);
        } finally {
            Files.delete(temporary);
        }
    }

    /** The file with merges as strings, or null where they are none or cannot be so written. */
    private static @Nullable String withMergesAsStrings(Path file) throws IOException {
        JsonElement root;
        try (Reader reader = Files.newBufferedReader(file)) {
            root = JsonParser.parseReader(reader);
        } catch (JsonParseException e) {
            return null;
        }
        if (!root.isJsonObject()
                || !(root.getAsJsonObject().get("model") instanceof JsonObject model)
                || !(model.get("merges") instanceof JsonArray merges)) {
            return null;
        }
        JsonArray strings = new JsonArray();
        for (JsonElement merge : merges) {
            if (!merge.isJsonArray() || merge.getAsJsonArray().size() != 2) {
                return null;
            }
            String left = merge.getAsJsonArray().get(0).getAsString();
            String right = merge.getAsJsonArray().get(1).getAsString();
            if (left.indexOf(' ') >= 0 || right.indexOf(' ') >= 0) {
                return null;
            }
            strings.add(left + " " + right);
        }
        model.add("merges", strings);
        return GSON.toJson(root);
    }
}
