/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.rules;

import static org.lora4j.text.tokenizer.json.JsonFields.json;
import static org.lora4j.text.tokenizer.json.JsonFields.part;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.tokenizer.json.TokenizerFormatException;

/** Writes components of a tokenizer as tokenizer.json has them. */
final class Components {
    static final String SPACE = "\u2581";

    private Components() {}

    static JsonObject decoders(@Nullable JsonObject... parts) {
        return sequence("decoders", parts);
    }

    /** Components one after the other; null for one that is left out. */
    static JsonObject sequence(String field, @Nullable JsonObject... parts) {
        JsonArray list = new JsonArray();
        for (JsonObject part : parts) {
            if (part != null) {
                list.add(part);
            }
        }
        return part("Sequence", field, list);
    }

    static JsonObject byteLevel(boolean prefixSpace, boolean useRegex) {
        return byteLevel(prefixSpace, true, useRegex);
    }

    static JsonObject byteLevel(boolean prefixSpace, boolean trim, boolean useRegex) {
        return json(
                "type", "ByteLevel",
                "add_prefix_space", prefixSpace,
                "trim_offsets", trim,
                "use_regex", useRegex);
    }

    static JsonObject metaspace(String scheme, boolean split) {
        return json(
                "type", "Metaspace",
                "replacement", SPACE,
                "prepend_scheme", scheme,
                "split", split);
    }

    /** A split at a "String" or "Regex". */
    static JsonObject split(String kind, String pattern, String behavior, boolean invert) {
        JsonObject found = json(kind, pattern);
        return json(
                "type", "Split",
                "pattern", found,
                "behavior", behavior,
                "invert", invert);
    }

    /** A replacement of a "String" or "Regex", in a normalizer or a decoder. */
    static JsonObject replace(String kind, String pattern, String content) {
        return part("Replace", "pattern", json(kind, pattern), "content", content);
    }

    static JsonObject strip(boolean left, boolean right) {
        return part("Strip", "strip_left", left, "strip_right", right);
    }

    static JsonObject bertNormalizer(
            boolean clean, boolean chinese, @Nullable Boolean accents, boolean lowercase) {
        return json(
                "type", "BertNormalizer",
                "clean_text", clean,
                "handle_chinese_chars", chinese,
                "strip_accents", accents,
                "lowercase", lowercase);
    }

    /** The decoder of SentencePiece's BPE with byte fallback. */
    static JsonObject bytesDecoder(boolean stripsFirstSpace) {
        return decoders(
                replace("String", SPACE, " "),
                part("ByteFallback"),
                part("Fuse"),
                stripsFirstSpace ? part("Strip", "content", " ", "start", 1, "stop", 0) : null);
    }

    static JsonObject bpe(
            @Nullable String unknown,
            @Nullable String prefix,
            @Nullable String suffix,
            boolean fuse,
            boolean bytes) {
        return json(
                "dropout", null,
                "unk_token", unknown,
                "continuing_subword_prefix", prefix,
                "end_of_word_suffix", suffix,
                "fuse_unk", fuse,
                "byte_fallback", bytes,
                "ignore_merges", false);
    }

    /** Tokens around texts, each a text and an id. */
    static JsonObject roberta(List<?> sep, List<?> cls, boolean trim, boolean prefixSpace) {
        return json(
                "type", "RobertaProcessing",
                "sep", sep,
                "cls", cls,
                "trim_offsets", trim,
                "add_prefix_space", prefixSpace);
    }

    /** Puts two named tokens around texts. */
    static void robertaPost(
            ClassBuild build, String sep, String cls, boolean trim, boolean prefixSpace)
            throws TokenizerFormatException {
        String last = build.required(sep);
        String first = build.required(cls);
        build.post(
                roberta(
                        List.of(last, build.idOfText(last)),
                        List.of(first, build.idOfText(first)),
                        trim,
                        prefixSpace));
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
        JsonArray one = pieces(single, tokens, build);
        JsonArray two = pieces(pair, tokens, build);
        return part("TemplateProcessing", "single", one, "pair", two, "special_tokens", tokens);
    }

    private static JsonArray pieces(String template, JsonObject tokens, ClassBuild build)
            throws TokenizerFormatException {
        JsonArray pieces = new JsonArray();
        for (String word : template.split(" ", -1)) {
            int colon = word.lastIndexOf(':');
            int type = colon < 0 ? 0 : Integer.parseInt(word.substring(colon + 1));
            String name = colon < 0 ? word : word.substring(0, colon);
            if (name.startsWith("$")) {
                pieces.add(json("Sequence", json("id", name.substring(1), "type_id", type)));
                continue;
            }
            int equal = name.indexOf('=');
            String source = name.substring(equal + 1);
            String named = source.endsWith("_token") ? build.required(source) : source;
            String text = equal < 0 ? named : name.substring(0, equal);
            pieces.add(json("SpecialToken", json("id", text, "type_id", type)));
            List<Integer> ids = List.of(build.idOfText(named));
            tokens.add(text, json("id", text, "ids", ids, "tokens", List.of(text)));
        }
        return pieces;
    }
}
