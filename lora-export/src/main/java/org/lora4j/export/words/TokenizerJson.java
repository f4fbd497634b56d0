/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.words;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.export.words.VocabularyEntry.Kind;
import org.lora4j.json.JsonFile;

/**
 * The tokens of a tokenizer.json: of GPT-2's kind, which merges bytes, or of SentencePiece's kind,
 * which merges characters and falls back to bytes. The file was read by Hugging Face's library
 * before, so that its form is known to be whole.
 *
 * @param file the file
 * @param json what it holds
 */
record TokenizerJson(Path file, JsonObject json) {
    static TokenizerJson read(Path file) throws IOException {
        return new TokenizerJson(file, JsonFile.readObject(file));
    }

    JsonObject model() throws IOException {
        JsonObject model = json.getAsJsonObject("model");
        if (!PreTokenizers.type(model).equals("BPE")) {
            throw new IOException(
                    "%s: its model is %s, which is not written as GGUF; expected BPE"
                            .formatted(file, PreTokenizers.type(model)));
        }
        return model;
    }

    boolean isSentencePiece() throws IOException {
        return PreTokenizers.flag(model(), "byte_fallback", false);
    }

    JsonObject part(String key) {
        JsonElement part = json.has(key) ? json.get(key) : JsonNull.INSTANCE;
        return part.isJsonObject() ? part.getAsJsonObject() : new JsonObject();
    }

    /** Returns the merges, with spaces within a piece written as GPT-2 writes that byte. */
    List<String> merges() throws IOException {
        List<String> merges = new ArrayList<>();
        for (String[] pair : pairs()) {
            merges.add(pair[0].replace(' ', '\u0120') + " " + pair[1].replace(' ', '\u0120'));
        }
        return merges;
    }

    private List<String[]> pairs() throws IOException {
        List<String[]> pairs = new ArrayList<>();
        for (JsonElement merge : model().getAsJsonArray("merges")) {
            if (merge.isJsonArray()) {
                JsonArray pair = merge.getAsJsonArray();
                pairs.add(new String[] {pair.get(0).getAsString(), pair.get(1).getAsString()});
            } else {
                pairs.add(merge.getAsString().split(" ", 2));
            }
        }
        return pairs;
    }

    /**
     * Returns the tokens by id.
     *
     * @param size how many rows the model has for them
     * @param unknownToken what stands for anything else, where the file does not say it
     */
    List<VocabularyEntry> tokens(int size, String unknownToken) throws IOException {
        boolean pieces = isSentencePiece();
        Map<String, Float> scores = pieces ? scores() : Map.of();
        String own = text(model(), "unk_token");
        String unknown = own.isEmpty() ? unknownToken : own;
        List<VocabularyEntry> tokens = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            tokens.add(VocabularyEntry.unused(i));
        }
        for (Map.Entry<String, JsonElement> entry : model().getAsJsonObject("vocab").entrySet()) {
            String text = entry.getKey();
            Kind kind = Kind.NORMAL;
            if (pieces && text.equals(unknown)) {
                kind = Kind.UNKNOWN;
            } else if (pieces && text.matches("<0x[0-9A-F]{2}>")) {
                kind = Kind.BYTE;
            }
            float score = scores.getOrDefault(text, 0f);
            put(tokens, entry.getValue().getAsInt(), new VocabularyEntry(text, kind, score));
        }
        for (JsonElement element : json.getAsJsonArray("added_tokens")) {
            JsonObject added = element.getAsJsonObject();
            String text = added.get("content").getAsString();
            int id = added.get("id").getAsInt();
            boolean special = PreTokenizers.flag(added, "special", false) || looksSpecial(text);
            Kind kind = special ? Kind.CONTROL : Kind.USER_DEFINED;
            if (pieces && text.equals(unknown)) {
                kind = Kind.UNKNOWN;
            }
            String shown = kind == Kind.USER_DEFINED ? text.replace('\u2581', ' ') : text;
            put(tokens, id, new VocabularyEntry(shown, kind, -1000));
        }
        return tokens;
    }

    private void put(List<VocabularyEntry> tokens, int id, VocabularyEntry entry)
            throws IOException {
        if (id < 0 || id >= tokens.size()) {
            throw new IOException(
                    "%s: token %s has id %d, and the model has %d rows for tokens"
                            .formatted(file, entry.text(), id, tokens.size()));
        }
        tokens.set(id, entry);
    }

    /** SentencePiece merges what gives the token of the highest score: that of the first merge. */
    private Map<String, Float> scores() throws IOException {
        Map<String, Float> scores = new HashMap<>();
        float score = 0;
        for (String[] pair : pairs()) {
            scores.putIfAbsent(pair[0] + pair[1], score);
            score--;
        }
        for (String text : model().getAsJsonObject("vocab").keySet()) {
            scores.putIfAbsent(text, score);
        }
        return scores;
    }

    /** As convert_hf_to_gguf.py decides it, for tokens that files forget to call special. */
    private static boolean looksSpecial(String text) {
        return text.equals("<pad>")
                || text.equals("<mask>")
                || text.equals("<2mass>")
                || text.equals("[@BOS@]")
                || (text.startsWith("<|") && text.endsWith("|>"))
                || (text.startsWith("<\uff5c") && text.endsWith("\uff5c>"))
                || (text.startsWith("<unused") && text.endsWith(">"));
    }

    static String text(JsonObject json, String key) {
        JsonElement value = json.get(key);
        if (value == null || value.isJsonNull()) {
            return "";
        }
        return value.isJsonObject()
                ? text(value.getAsJsonObject(), "content")
                : value.getAsString();
    }
}
