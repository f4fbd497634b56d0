/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.json;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the model of a tokenizer.json as a stream: its vocabulary is most of the file. */
final class ModelReader {
    /** The native trie of a Unigram model is freed by recursion, a step for each byte. */
    private static final int LONGEST_PIECE = 1024;

    private static final int LONGEST_TEXT = 64 * 1024;
    private static final Set<String> TYPES = Set.of("BPE", "WordPiece", "WordLevel", "Unigram");

    private final JsonObject fields = new JsonObject();
    private final Set<String> seen = new HashSet<>();
    private final List<Vocabulary.Piece> merges = new ArrayList<>();
    private @Nullable Vocabulary vocabulary;
    private boolean mergesLater;

    void read(JsonReader json) throws IOException {
        json.beginObject();
        while (json.hasNext()) {
            String name = json.nextName();
            if (!seen.add(name)) {
                throw new TokenizerFormatException("model has \"%s\" twice", name);
            }
            switch (name) {
                case "vocab" -> readVocabulary(json);
                case "merges" -> readMerges(json);
                default -> fields.add(name, JsonParser.parseReader(json));
            }
        }
        json.endObject();
    }

    boolean needsMerges() {
        return mergesLater;
    }

    /** Reads only the merges of a model, once the vocabulary is known. */
    void readMergesAlone(JsonReader json) throws IOException {
        json.beginObject();
        while (json.hasNext()) {
            if (json.nextName().equals("merges")) {
                readMerges(json);
            } else {
                json.skipValue();
            }
        }
        json.endObject();
    }

    private void readVocabulary(JsonReader json) throws IOException {
        if (json.peek() == JsonToken.BEGIN_ARRAY) {
            vocabulary = new Vocabulary(true);
            readScored(json, vocabulary);
            return;
        }
        vocabulary = new Vocabulary(false);
        json.beginObject();
        while (json.hasNext()) {
            String text = json.nextName();
            requireText(text, LONGEST_TEXT);
            JsonElement id = JsonParser.parseReader(json);
            vocabulary.add(
                    new Vocabulary.Piece(
                            text,
                            JsonFields.count(id, "model.vocab." + text, AddedTokenList.LARGEST_ID),
                            null));
        }
        json.endObject();
    }

    private static void readScored(JsonReader json, Vocabulary vocabulary) throws IOException {
        json.beginArray();
        while (json.hasNext()) {
            String place = "model.vocab[" + vocabulary.size() + "]";
            json.beginArray();
            String text = JsonFields.text(JsonParser.parseReader(json), place);
            requireText(text, LONGEST_PIECE);
            String score = JsonFields.number(JsonParser.parseReader(json), place);
            json.endArray();
            vocabulary.add(new Vocabulary.Piece(text, vocabulary.size(), score));
        }
        json.endArray();
    }

    private static void requireText(String text, int most) throws TokenizerFormatException {
        JsonFields.requireWellFormed(text, "model.vocab");
        if (text.length() > most / 3 && text.getBytes(StandardCharsets.UTF_8).length > most) {
            throw new TokenizerFormatException(
                    "model.vocab has a piece of %s characters; expected at most %s bytes",
                    text.length(), most);
        }
    }

    private void readMerges(JsonReader json) throws IOException {
        Vocabulary known = vocabulary;
        if (known == null) {
            mergesLater = true;
            json.skipValue();
            return;
        }
        json.beginArray();
        while (json.hasNext()) {
            String place = "model.merges[" + merges.size() / 2 + "]";
            String left;
            String right;
            if (json.peek() == JsonToken.BEGIN_ARRAY) {
                json.beginArray();
                left = JsonFields.text(JsonParser.parseReader(json), place);
                right = JsonFields.text(JsonParser.parseReader(json), place);
                json.endArray();
            } else {
                String both = JsonFields.text(JsonParser.parseReader(json), place);
                int space = both.indexOf(' ');
                if (both.startsWith("#version")) {
                    continue; // a line of merges.txt
                }
                if (space < 0 || both.indexOf(' ', space + 1) >= 0) {
                    throw JsonFields.wrong(
                            place, "two pieces with a space between", new JsonPrimitive(both));
                }
                left = both.substring(0, space);
                right = both.substring(space + 1);
            }
            merges.add(piece(known, left, place));
            merges.add(piece(known, right, place));
        }
        json.endArray();
    }

    private static Vocabulary.Piece piece(Vocabulary known, String text, String place)
            throws TokenizerFormatException {
        Vocabulary.Piece piece = known.get(text);
        if (piece == null) {
            throw new TokenizerFormatException(
                    "%s has \"%s\", which is not in the vocab", place, text);
        }
        return piece;
    }

    /** The checked model. */
    ModelPart part() throws TokenizerFormatException {
        Vocabulary known = vocabulary;
        if (known == null) {
            throw new TokenizerFormatException("model has no vocab");
        }
        JsonFields given = new JsonFields(fields, "model");
        String type = given.has("type") ? given.text("type") : guessed(given, known);
        if (!TYPES.contains(type)) {
            throw new TokenizerFormatException(
                    "model has the type %s; expected one of BPE, Unigram, WordLevel, WordPiece",
                    type);
        }
        if (type.equals("Unigram") != known.scored()) {
            throw new TokenizerFormatException(
                    "model has the type %s, whose vocab is %s",
                    type, known.scored() ? "an object with ids" : "a list of pieces and scores");
        }
        return ModelPart.of(type, given, known, merges);
    }

    /** Files from before tokenizers 0.10 do not write the type. */
    private String guessed(JsonFields given, Vocabulary known) {
        if (known.scored()) {
            return "Unigram";
        }
        if (seen.contains("merges")) {
            return "BPE";
        }
        return given.has("continuing_subword_prefix") ? "WordPiece" : "WordLevel";
    }
}
