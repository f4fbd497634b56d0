/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.json;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The model of a tokenizer: how pieces are chosen. Vocabulary and merges lie beside the other
 * fields, since they may have hundreds of thousands of entries.
 *
 * @param type BPE, WordPiece, WordLevel or Unigram
 * @param fields the other fields
 * @param vocabulary the pieces
 * @param merges pairs of pieces, one after the other, empty where the model has none
 */
public record ModelPart(
        String type, JsonObject fields, Vocabulary vocabulary, List<Vocabulary.Piece> merges) {

    private static final int LONGEST_WORD = 1000;

    /** Checks the fields and brings them to the form that every version writes. */
    static ModelPart of(
            String type, JsonFields given, Vocabulary vocabulary, List<Vocabulary.Piece> merges)
            throws TokenizerFormatException {
        JsonObject fields = new JsonObject();
        switch (type) {
            case "BPE" -> {
                fields.add("dropout", dropout(given));
                fields.addProperty("unk_token", given.textOrNull("unk_token"));
                fields.addProperty(
                        "continuing_subword_prefix", given.textOrNull("continuing_subword_prefix"));
                fields.addProperty("end_of_word_suffix", given.textOrNull("end_of_word_suffix"));
                fields.addProperty("fuse_unk", given.flag("fuse_unk", false));
                fields.addProperty("byte_fallback", given.flag("byte_fallback", false));
                fields.addProperty("ignore_merges", given.flag("ignore_merges", false));
            }
            case "WordPiece" -> {
                fields.addProperty("unk_token", given.text("unk_token"));
                fields.addProperty(
                        "continuing_subword_prefix", given.text("continuing_subword_prefix"));
                fields.addProperty(
                        "max_input_chars_per_word",
                        given.count("max_input_chars_per_word", LONGEST_WORD));
            }
            case "WordLevel" -> fields.addProperty("unk_token", given.text("unk_token"));
            default -> {
                fields.add("unk_id", unknown(given, vocabulary));
                fields.addProperty("byte_fallback", given.flag("byte_fallback", false));
                if (given.has("alpha") || given.has("nbest_size")) {
                    throw new TokenizerFormatException(
                            "%s: alpha and nbest_size, with which tokens are drawn by chance, are"
                                    + " not supported; expected null or none",
                            given.place());
                }
            }
        }
        ModelPart model = new ModelPart(type, fields, vocabulary, merges);
        model.requireMergesFit(given.place());
        return model;
    }

    private static JsonElement dropout(JsonFields given) throws TokenizerFormatException {
        if (!given.has("dropout")) {
            return JsonNull.INSTANCE;
        }
        JsonElement value = given.get("dropout");
        double rate = Double.parseDouble(JsonFields.number(value, given.place("dropout")));
        if (rate < 0 || rate > 1) {
            throw JsonFields.wrong(given.place("dropout"), "a number from 0 to 1", value);
        }
        return value;
    }

    private static JsonElement unknown(JsonFields given, Vocabulary vocabulary)
            throws TokenizerFormatException {
        return given.has("unk_id")
                ? new JsonPrimitive(given.count("unk_id", vocabulary.size() - 1))
                : JsonNull.INSTANCE;
    }

    /** The native side cuts the prefix off the right piece of a merge and looks the result up. */
    private void requireMergesFit(String place) throws TokenizerFormatException {
        JsonElement given = fields.get("continuing_subword_prefix");
        String prefix = given == null || given.isJsonNull() ? "" : given.getAsString();
        for (int i = 0; i + 1 < merges.size(); i += 2) {
            String left = merges.get(i).text();
            String right = merges.get(i + 1).text();
            if (!right.startsWith(prefix)) {
                throw new TokenizerFormatException(
                        "%s: \"%s\" does not begin with continuing_subword_prefix \"%s\", which it"
                                + " is merged without",
                        merge(place, i), right, prefix);
            }
            String merged = left + right.substring(prefix.length());
            if (vocabulary.get(merged) == null) {
                throw new TokenizerFormatException(
                        "%s makes \"%s\", which is not in the vocab", merge(place, i), merged);
            }
        }
    }

    private static String merge(String place, int i) {
        return place + ".merges[" + i / 2 + "]";
    }

    public void write(JsonWriter json) throws IOException {
        json.beginObject();
        json.name("type").value(type);
        for (Map.Entry<String, JsonElement> field : fields.entrySet()) {
            json.name(field.getKey()).jsonValue(field.getValue().toString());
        }
        json.name("vocab");
        if (vocabulary.scored()) {
            json.beginArray();
            for (Vocabulary.Piece piece : vocabulary.pieces()) {
                json.beginArray().value(piece.text()).jsonValue(piece.score()).endArray();
            }
            json.endArray();
        } else {
            json.beginObject();
            for (Vocabulary.Piece piece : vocabulary.pieces()) {
                json.name(piece.text()).value(piece.id());
            }
            json.endObject();
        }
        if (type.equals("BPE")) {
            json.name("merges");
            writeMerges(json);
        }
        json.endObject();
    }

    /** As "left right", which all versions read; as pairs only where a piece has a space. */
    private void writeMerges(JsonWriter json) throws IOException {
        boolean strings = merges.stream().noneMatch(ModelPart::needsPair);
        json.beginArray();
        for (int i = 0; i + 1 < merges.size(); i += 2) {
            String left = merges.get(i).text();
            String right = merges.get(i + 1).text();
            if (strings) {
                json.value(left + " " + right);
            } else {
                json.beginArray().value(left).value(right).endArray();
            }
        }
        json.endArray();
    }

    private static boolean needsPair(Vocabulary.Piece piece) {
        return piece.text().isEmpty()
                || piece.text().indexOf(' ') >= 0
                || piece.text().startsWith("#version");
    }

    /** Pieces of the form {@code <0xE4>}, one for each byte that the vocabulary has so. */
    public List<Vocabulary.Piece> bytes() {
        List<Vocabulary.Piece> found = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            Vocabulary.Piece piece = vocabulary.get(String.format("<0x%02X>", value));
            if (piece != null) {
                found.add(piece);
            }
        }
        return found;
    }
}
