/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.token;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.lines.BrokenLines;
import org.lora4j.text.lines.JsonKind;
import org.lora4j.text.lines.JsonLine;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.Utf8Lines;

/**
 * Reads files of texts with labelled words or spans.
 *
 * <p>A file that ends in .jsonl or .ndjson has a JSON object a line: {@code tokens} with {@code
 * tags} (or {@code ner_tags}), or {@code text} with {@code spans} (or {@code entities}), each span
 * an object with {@code start}, {@code end} and {@code label} or a list of these three. Places are
 * counted in characters as Python counts them, which are Unicode's code points. Without tags or
 * spans, texts are for prediction.
 *
 * <p>Any other file is CoNLL's: a word a line with its tag in the last column, columns divided by
 * tabs or spaces, as many in each line, blank lines between texts; lines of {@code -DOCSTART-} are
 * passed over.
 */
public final class TokenSampleReader {
    private TokenSampleReader() {}

    /**
     * Reads a whole file.
     *
     * @param file the file
     * @return its texts, at least one
     * @throws TextFileException if a line is broken, or there is no text; it names the first broken
     *     line and the numbers of others
     * @throws IOException if it cannot be read
     */
    public static List<TokenSample> readAll(Path file) throws IOException {
        List<TokenSample> samples = new ArrayList<>();
        BrokenLines broken = new BrokenLines();
        try (Utf8Lines lines = new Utf8Lines(file)) {
            if (isJson(file)) {
                readJson(file, lines, samples, broken);
            } else {
                readColumns(file, lines, samples, broken);
            }
        }
        if (!broken.isEmpty()) {
            throw broken.refusal(file, samples.isEmpty());
        }
        if (samples.isEmpty()) {
            throw new TextFileException(file, 0, "the file has no texts; expected one at least");
        }
        return samples;
    }

    private static boolean isJson(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".jsonl") || name.endsWith(".ndjson");
    }

    private static void readColumns(
            Path file, Utf8Lines lines, List<TokenSample> samples, BrokenLines broken)
            throws IOException {
        List<String> words = new ArrayList<>();
        List<String> tags = new ArrayList<>();
        int first = 0;
        int width = 0;
        for (String line = lines.next(); line != null; line = lines.next()) {
            if (line.isBlank()) {
                add(first, words, tags, samples);
                continue;
            }
            String[] columns = line.strip().split(line.contains("\t") ? "\t" : "[ ]+", -1);
            if (columns[0].equals("-DOCSTART-")) {
                continue;
            }
            String what = fault(columns, width);
            if (what != null) {
                broken.add(
                        lines.number(),
                        what,
                        new TextFileException(file, lines.number(), "%s", what));
                continue;
            }
            width = columns.length;
            if (words.isEmpty()) {
                first = lines.number();
            }
            words.add(columns[0]);
            tags.add(columns[columns.length - 1]);
        }
        add(first, words, tags, samples);
    }

    /** What is wrong with a line, or null; the lines before have width columns, or are none. */
    private static @Nullable String fault(String[] columns, int width) {
        String tag = columns[columns.length - 1];
        if (columns.length < 2 || columns[0].isBlank() || tag.isBlank()) {
            return "expected a word and its tag, in columns";
        }
        if (width > 0 && columns.length != width) {
            return "%d columns; expected %d, as in the lines before"
                    .formatted(columns.length, width);
        }
        try {
            TagScheme.requireKind(tag);
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    private static void add(
            int line, List<String> words, List<String> tags, List<TokenSample> samples) {
        if (!words.isEmpty()) {
            samples.add(new TokenSample.Words(line, words, tags));
            words.clear();
            tags.clear();
        }
    }

    private static void readJson(
            Path file, Utf8Lines lines, List<TokenSample> samples, BrokenLines broken)
            throws IOException {
        for (String line = lines.next(); line != null; line = lines.next()) {
            if (line.isBlank()) {
                continue;
            }
            try {
                samples.add(sample(JsonLine.of(file, lines.number(), line)));
            } catch (TextFileException e) {
                broken.add(e.line(), e.what(), e);
            }
        }
    }

    private static TokenSample sample(JsonLine line) throws TextFileException {
        JsonObject members = line.members();
        try {
            if (members.has("tokens")) {
                List<String> words = strings(line, "tokens");
                String tags = named(members, "tags", "ner_tags");
                return new TokenSample.Words(
                        line.number(), words, tags == null ? List.of() : strings(line, tags));
            }
            if (members.has("text")) {
                String text = line.text("text");
                String spans = named(members, "spans", "entities");
                return new TokenSample.Spans(
                        line.number(), text, spans == null ? List.of() : spans(line, spans, text));
            }
        } catch (IllegalArgumentException e) {
            throw line.error("%s", e.getMessage());
        }
        throw line.error(
                "no member 'tokens' or 'text'; expected tokens and tags, or text and spans; found:"
                        + " %s",
                members.isEmpty() ? "none" : String.join(", ", members.keySet()));
    }

    private static @Nullable String named(JsonObject members, String name, String other) {
        return members.has(name) ? name : members.has(other) ? other : null;
    }

    private static JsonArray array(JsonLine line, String member) throws TextFileException {
        JsonElement value = line.members().get(member);
        if (value instanceof JsonArray array) {
            return array;
        }
        throw line.error("'%s' is %s; expected a list", member, JsonKind.of(value));
    }

    private static List<String> strings(JsonLine line, String member) throws TextFileException {
        List<String> strings = new ArrayList<>();
        for (JsonElement value : array(line, member)) {
            if (!(value instanceof JsonPrimitive text) || text.isBoolean()) {
                throw line.error("'%s' has %s; expected strings", member, JsonKind.of(value));
            }
            strings.add(text.getAsString());
        }
        return strings;
    }

    private static List<LabelledSpan> spans(JsonLine line, String member, String text)
            throws TextFileException {
        int length = text.codePointCount(0, text.length());
        List<LabelledSpan> spans = new ArrayList<>();
        for (JsonElement value : array(line, member)) {
            JsonElement start;
            JsonElement end;
            JsonElement label;
            if (value instanceof JsonObject span
                    && span.has("start")
                    && span.has("end")
                    && span.has("label")) {
                start = span.get("start");
                end = span.get("end");
                label = span.get("label");
            } else if (value instanceof JsonArray list && list.size() == 3) {
                start = list.get(0);
                end = list.get(1);
                label = list.get(2);
            } else {
                throw line.error(
                        "'%s' has %s; expected an object with start, end and label, or a list of"
                                + " these",
                        member, JsonKind.of(value));
            }
            int from = place(line, member, start, length);
            int to = place(line, member, end, length);
            if (!(label instanceof JsonPrimitive name && name.isString())) {
                throw line.error("a label of '%s' is no string", member);
            }
            spans.add(
                    new LabelledSpan(
                            text.offsetByCodePoints(0, from),
                            text.offsetByCodePoints(0, to),
                            label.getAsString()));
        }
        return spans;
    }

    private static int place(JsonLine line, String member, JsonElement value, int length)
            throws TextFileException {
        if (value instanceof JsonPrimitive number && number.isNumber()) {
            double place = number.getAsDouble();
            if (place == Math.rint(place) && place >= 0 && place <= length) {
                return (int) place;
            }
        }
        throw line.error(
                "a place of '%s' is %s; expected a whole number of characters from 0 to %d, the"
                        + " text's length",
                member, value, length);
    }
}
