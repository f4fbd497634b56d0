/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.rules;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.tokenizer.json.JsonFields;
import org.lora4j.text.tokenizer.json.TokenizerFormatException;

/** Writes components of a tokenizer as tokenizer.json has them. */
final class Components {
    static final String SPACE = "\u2581";

    private Components() {}

    static JsonObject normalizers(List<JsonObject> parts) {
        return sequence("normalizers", parts);
    }

    static JsonObject preTokenizers(JsonObject... parts) {
        return sequence("pretokenizers", List.of(parts));
    }

    static JsonObject decoders(JsonObject... parts) {
        return sequence("decoders", List.of(parts));
    }

    private static JsonObject sequence(String field, List<JsonObject> parts) {
        JsonObject sequence = JsonFields.part("Sequence");
        JsonArray list = new JsonArray();
        parts.forEach(list::add);
        sequence.add(field, list);
        return sequence;
    }

    static JsonObject byteLevel(boolean prefixSpace, boolean useRegex) {
        JsonObject part = JsonFields.part("ByteLevel");
        part.addProperty("add_prefix_space", prefixSpace);
        part.addProperty("trim_offsets", true);
        part.addProperty("use_regex", useRegex);
        return part;
    }

    static JsonObject metaspace(String scheme, boolean split) {
        JsonObject part = JsonFields.part("Metaspace");
        part.addProperty("replacement", SPACE);
        part.addProperty("prepend_scheme", scheme);
        part.addProperty("split", split);
        return part;
    }

    static JsonObject split(String kind, String pattern, String behavior, boolean invert) {
        JsonObject part = JsonFields.part("Split");
        part.add("pattern", pattern(kind, pattern));
        part.addProperty("behavior", behavior);
        part.addProperty("invert", invert);
        return part;
    }

    /** A replacement of a "String" or "Regex", in a normalizer or a decoder. */
    static JsonObject replace(String kind, String pattern, String content) {
        JsonObject part = JsonFields.part("Replace");
        part.add("pattern", pattern(kind, pattern));
        part.addProperty("content", content);
        return part;
    }

    private static JsonObject pattern(String kind, String pattern) {
        JsonObject json = new JsonObject();
        json.addProperty(kind, pattern);
        return json;
    }

    static JsonObject strip(boolean left, boolean right) {
        JsonObject part = JsonFields.part("Strip");
        part.addProperty("strip_left", left);
        part.addProperty("strip_right", right);
        return part;
    }

    static JsonObject bertNormalizer(
            boolean clean, boolean chinese, @Nullable Boolean accents, boolean lowercase) {
        JsonObject part = JsonFields.part("BertNormalizer");
        part.addProperty("clean_text", clean);
        part.addProperty("handle_chinese_chars", chinese);
        part.addProperty("strip_accents", accents);
        part.addProperty("lowercase", lowercase);
        return part;
    }

    static JsonObject wordPieceDecoder(String prefix) {
        JsonObject part = JsonFields.part("WordPiece");
        part.addProperty("prefix", prefix);
        part.addProperty("cleanup", true);
        return part;
    }

    static JsonObject suffixDecoder(String suffix) {
        JsonObject part = JsonFields.part("BPEDecoder");
        part.addProperty("suffix", suffix);
        return part;
    }

    /** The decoder of SentencePiece's BPE with byte fallback. */
    static JsonObject bytesDecoder(boolean stripsFirstSpace) {
        List<JsonObject> parts = new ArrayList<>();
        parts.add(replace("String", SPACE, " "));
        parts.add(JsonFields.part("ByteFallback"));
        parts.add(JsonFields.part("Fuse"));
        if (stripsFirstSpace) {
            JsonObject strip = JsonFields.part("Strip");
            strip.addProperty("content", " ");
            strip.addProperty("start", 1);
            strip.addProperty("stop", 0);
            parts.add(strip);
        }
        return decoders(parts.toArray(JsonObject[]::new));
    }

    static JsonObject bpe(
            @Nullable String unknown, @Nullable String affixes, boolean fuse, boolean bytes) {
        return bpe(unknown, affixes, affixes, fuse, bytes);
    }

    static JsonObject bpe(
            @Nullable String unknown,
            @Nullable String prefix,
            @Nullable String suffix,
            boolean fuse,
            boolean bytes) {
        JsonObject fields = new JsonObject();
        fields.add("dropout", JsonNull.INSTANCE);
        fields.addProperty("unk_token", unknown);
        fields.addProperty("continuing_subword_prefix", prefix);
        fields.addProperty("end_of_word_suffix", suffix);
        fields.addProperty("fuse_unk", fuse);
        fields.addProperty("byte_fallback", bytes);
        fields.addProperty("ignore_merges", false);
        return fields;
    }

    static JsonObject wordPiece(String unknown) {
        JsonObject fields = new JsonObject();
        fields.addProperty("unk_token", unknown);
        fields.addProperty("continuing_subword_prefix", "##");
        fields.addProperty("max_input_chars_per_word", 100);
        return fields;
    }

    static JsonObject unigram(int unknown) {
        JsonObject fields = new JsonObject();
        fields.addProperty("unk_id", unknown);
        fields.addProperty("byte_fallback", false);
        return fields;
    }

    static JsonObject roberta(
            String sep, int sepId, String cls, int clsId, boolean trim, boolean prefixSpace) {
        JsonObject part = JsonFields.part("RobertaProcessing");
        part.add("sep", token(sep, sepId));
        part.add("cls", token(cls, clsId));
        part.addProperty("trim_offsets", trim);
        part.addProperty("add_prefix_space", prefixSpace);
        return part;
    }

    static JsonObject bert(String sep, int sepId, String cls, int clsId) {
        JsonObject part = JsonFields.part("BertProcessing");
        part.add("sep", token(sep, sepId));
        part.add("cls", token(cls, clsId));
        return part;
    }

    private static JsonArray token(String text, int id) {
        JsonArray pair = new JsonArray();
        pair.add(text);
        pair.add(id);
        return pair;
    }

    /** A template that adds nothing. */
    static JsonElement textsAlone(ClassBuild build) throws TokenizerFormatException {
        return template("$A", "$A $B:1", build);
    }

    /**
     * A template in the notation of tokenizers, such as {@code cls_token $A sep_token $B:1}, where
     * names of special tokens stand for their texts; {@code text=name} is a text with the id of a
     * named token.
     */
    static JsonElement template(String single, String pair, ClassBuild build)
            throws TokenizerFormatException {
        JsonObject tokens = new JsonObject();
        JsonObject part = JsonFields.part("TemplateProcessing");
        part.add("single", pieces(single, tokens, build));
        part.add("pair", pieces(pair, tokens, build));
        part.add("special_tokens", tokens);
        return part;
    }

    private static JsonArray pieces(String template, JsonObject tokens, ClassBuild build)
            throws TokenizerFormatException {
        JsonArray pieces = new JsonArray();
        for (String word : template.split(" ", -1)) {
            int colon = word.lastIndexOf(':');
            int type = colon < 0 ? 0 : Integer.parseInt(word.substring(colon + 1));
            String name = colon < 0 ? word : word.substring(0, colon);
            JsonObject body = new JsonObject();
            JsonObject piece = new JsonObject();
            if (name.startsWith("$")) {
                body.addProperty("id", name.substring(1));
                piece.add("Sequence", body);
            } else {
                int equal = name.indexOf('=');
                String source = name.substring(equal + 1);
                String named = source.endsWith("_token") ? build.required(source) : source;
                String text = equal < 0 ? named : name.substring(0, equal);
                body.addProperty("id", text);
                piece.add("SpecialToken", body);
                tokens.add(text, special(text, build.idOfText(named)));
            }
            body.addProperty("type_id", type);
            pieces.add(piece);
        }
        return pieces;
    }

    private static JsonObject special(String text, int id) {
        JsonArray ids = new JsonArray();
        ids.add(id);
        JsonArray texts = new JsonArray();
        texts.add(text);
        JsonObject token = new JsonObject();
        token.addProperty("id", text);
        token.add("ids", ids);
        token.add("tokens", texts);
        return token;
    }
}
