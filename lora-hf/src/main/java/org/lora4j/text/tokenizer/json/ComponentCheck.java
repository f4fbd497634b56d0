/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Checks the normalizer, pre-tokenizer, post-processor and decoder of a tokenizer and writes them
 * anew with the fields that their types have, so that the native side reads nothing else. Types and
 * fields are those of tokenizers 0.21.
 */
public enum ComponentCheck {
    NORMALIZER(
            "normalizer",
            "BertNormalizer clean_text:flag handle_chinese_chars:flag strip_accents:flag?"
                    + " lowercase:flag",
            "Strip strip_left:flag strip_right:flag",
            "StripAccents",
            "NFC",
            "NFD",
            "NFKC",
            "NFKD",
            "Lowercase",
            "Nmt",
            "ByteLevel",
            "Prepend prepend:some",
            "Replace replace",
            "Precompiled precompiled_charsmap:charsmap",
            "Sequence normalizers:parts"),
    PRE_TOKENIZER(
            "pre_tokenizer",
            "BertPreTokenizer",
            "Whitespace",
            "WhitespaceSplit",
            "UnicodeScripts",
            "ByteLevel " + Fields.BYTE_LEVEL,
            "Metaspace metaspace",
            "Split pattern:pattern behavior:behavior invert:flag",
            "Punctuation behavior:behavior",
            "Digits individual_digits:flag",
            "CharDelimiterSplit delimiter:char",
            "Sequence pretokenizers:parts"),
    POST_PROCESSOR(
            "post_processor",
            "RobertaProcessing sep:token cls:token trim_offsets:flag add_prefix_space:flag",
            "BertProcessing sep:token cls:token",
            "ByteLevel " + Fields.BYTE_LEVEL,
            "TemplateProcessing template",
            "Sequence processors:parts"),
    DECODER(
            "decoder",
            "BPEDecoder suffix:text",
            "ByteLevel " + Fields.BYTE_LEVEL,
            "WordPiece prefix:text cleanup:flag",
            "Metaspace metaspace",
            "CTC pad_token:text word_delimiter_token:text cleanup:flag",
            "Replace pattern:pattern content:text",
            "Fuse",
            "Strip strip",
            "ByteFallback",
            "Sequence decoders:parts");

    private static final class Fields {
        static final String BYTE_LEVEL =
                "add_prefix_space:flag trim_offsets:flag use_regex:flag=true";
    }

    private static final int DEEPEST = 8;
    private static final int MOST_PARTS = 256;
    private static final int MOST_STRIPPED = 1000;
    private static final Set<String> BEHAVIORS =
            Set.of("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous");

    private final String field;

    @SuppressWarnings("ImmutableEnumChecker") // unmodifiable
    private final Map<String, String> types;

    /** Takes the types of a component: each a name, and what kinds of fields it has. */
    ComponentCheck(String field, String... types) {
        this.field = field;
        this.types =
                Arrays.stream(types)
                        .map(type -> (type + " ").split(" ", 2))
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        each -> each[0], each -> each[1].strip()));
    }

    /** The name of the component in tokenizer.json. */
    public String field() {
        return field;
    }

    /** The component as the native side may read it; JSON null for none. */
    JsonElement check(JsonElement given) throws TokenizerFormatException {
        return given.isJsonNull() ? JsonNull.INSTANCE : check(JsonFields.of(given, field), 1);
    }

    private JsonObject check(JsonFields given, int depth) throws TokenizerFormatException {
        if (!given.has("type")) {
            throw new TokenizerFormatException("%s has no type", given.place());
        }
        String type = given.text("type");
        String fields = types.get(type);
        if (fields == null) {
            throw new TokenizerFormatException(
                    "%s has the type %s, which this release's native tokenizer does not have; it"
                            + " has %s",
                    given.place(), type, String.join(", ", new TreeSet<>(types.keySet())));
        }
        if (depth > DEEPEST) {
            throw new TokenizerFormatException(
                    "%s is nested more than %s deep", given.place(), DEEPEST);
        }
        return switch (fields) {
            case "template" -> TemplateCheck.check(given);
            case "metaspace" -> metaspace(given);
            case "strip" -> strip(given);
            case "replace" -> replace(given);
            default -> fields(given, type, fields, depth);
        };
    }

    private JsonObject fields(JsonFields given, String type, String fields, int depth)
            throws TokenizerFormatException {
        JsonObject checked = JsonFields.part(type);
        for (String each : fields.split(" ", -1)) {
            if (!each.isEmpty()) {
                String[] pair = each.split(":", 2);
                checked.add(pair[0], value(given, pair[0], pair[1], depth));
            }
        }
        return checked;
    }

    private JsonElement value(JsonFields given, String name, String kind, int depth)
            throws TokenizerFormatException {
        String place = given.place(name);
        return switch (kind) {
            case "flag" -> new JsonPrimitive(given.flag(name));
            case "flag=true" -> new JsonPrimitive(given.flag(name, true));
            case "flag?" ->
                    given.has(name) ? new JsonPrimitive(given.flag(name)) : JsonNull.INSTANCE;
            case "text" -> new JsonPrimitive(given.text(name));
            case "some" -> {
                String text = given.text(name);
                yield new JsonPrimitive(require(!text.isEmpty(), given, name, "some text", text));
            }
            case "char" -> new JsonPrimitive(character(given, name));
            case "behavior" -> new JsonPrimitive(behavior(given, name));
            case "pattern" -> pattern(given.object(name));
            case "charsmap" -> {
                String base64 = given.text(name);
                Charsmap.check(base64, place);
                yield new JsonPrimitive(base64);
            }
            case "token" -> token(given.list(name), place);
            default -> parts(given.list(name), place, depth);
        };
    }

    private JsonArray parts(JsonArray list, String place, int depth)
            throws TokenizerFormatException {
        if (list.size() > MOST_PARTS) {
            throw new TokenizerFormatException(
                    "%s has %s parts; expected at most %s", place, list.size(), MOST_PARTS);
        }
        JsonArray checked = new JsonArray();
        for (int i = 0; i < list.size(); i++) {
            checked.add(check(JsonFields.of(list.get(i), place + "[" + i + "]"), depth + 1));
        }
        return checked;
    }

    private static JsonArray token(JsonArray list, String place) throws TokenizerFormatException {
        if (list.size() != 2) {
            throw JsonFields.wrong(place, "a token and its id", list);
        }
        JsonArray checked = new JsonArray();
        checked.add(JsonFields.text(list.get(0), place));
        checked.add(JsonFields.count(list.get(1), place, AddedTokenList.LARGEST_ID));
        return checked;
    }

    private static JsonObject pattern(JsonFields given) throws TokenizerFormatException {
        if (!given.has("Regex")) {
            return JsonFields.json("String", given.text("String"));
        }
        String regex = given.text("Regex");
        RegexBudget.check(regex, given.place("Regex"));
        return JsonFields.json("Regex", regex);
    }

    /** A normalizer that puts something in the place of nothing breaks the native alignment. */
    private static JsonObject replace(JsonFields given) throws TokenizerFormatException {
        JsonObject pattern = pattern(given.object("pattern"));
        String content = given.text("content");
        JsonElement regex = pattern.get("Regex");
        boolean ofNothing =
                regex == null
                        ? pattern.get("String").getAsString().isEmpty()
                        : RegexBudget.matchesNothing(regex.getAsString());
        if (ofNothing && !content.isEmpty()) {
            throw new TokenizerFormatException(
                    "%s matches between characters, where the native normalizer cannot put"
                            + " anything; expected a pattern that matches at least one character",
                    given.place("pattern"));
        }
        return JsonFields.part("Replace", "pattern", pattern, "content", content);
    }

    private static String character(JsonFields given, String name) throws TokenizerFormatException {
        String text = given.text(name);
        boolean one = text.codePointCount(0, text.length()) == 1;
        return require(one, given, name, "one character", text);
    }

    private static String behavior(JsonFields given, String name) throws TokenizerFormatException {
        String behavior = given.has(name) ? given.text(name) : "Isolated";
        String expected = "one of " + String.join(", ", new TreeSet<>(BEHAVIORS));
        return require(BEHAVIORS.contains(behavior), given, name, expected, behavior);
    }

    private static String require(
            boolean fits, JsonFields given, String name, String expected, String text)
            throws TokenizerFormatException {
        if (!fits) {
            throw JsonFields.wrong(given.place(name), expected, given.get(name));
        }
        return text;
    }

    /** Older files say add_prefix_space where newer ones say prepend_scheme. */
    private static JsonObject metaspace(JsonFields given) throws TokenizerFormatException {
        String scheme = given.has("prepend_scheme") ? given.text("prepend_scheme") : "always";
        boolean known = Set.of("always", "first", "never").contains(scheme);
        require(known, given, "prepend_scheme", "always, first or never", scheme);
        if (!given.flag("add_prefix_space", true) && !scheme.equals("never")) {
            throw new TokenizerFormatException(
                    "%s: add_prefix_space false does not go with prepend_scheme %s; expected never",
                    given.place(), scheme);
        }
        String replacement = character(given, "replacement");
        boolean split = given.flag("split", true);
        return JsonFields.json(
                "type", "Metaspace",
                "replacement", replacement,
                "prepend_scheme", scheme,
                "split", split);
    }

    /**
     * The native decoder fails on a token that is shorter than what it strips off the end, so that
     * is written as a pattern.
     */
    private static JsonObject strip(JsonFields given) throws TokenizerFormatException {
        String content = character(given, "content");
        int start = given.count("start", MOST_STRIPPED);
        int stop = given.count("stop", MOST_STRIPPED);
        JsonObject strip = JsonFields.part("Strip", "content", content, "start", start, "stop", 0);
        if (stop == 0) {
            return strip;
        }
        String regex = String.format("\\x{%x}{1,%d}\\z", content.codePointAt(0), stop);
        JsonArray both = new JsonArray();
        both.add(strip);
        JsonObject pattern = JsonFields.json("Regex", regex);
        both.add(JsonFields.part("Replace", "pattern", pattern, "content", ""));
        return JsonFields.part("Sequence", "decoders", both);
    }
}
