/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.question;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lora4j.files.InputFile;
import org.lora4j.text.lines.BrokenLines;
import org.lora4j.text.lines.JsonKind;
import org.lora4j.text.lines.JsonLine;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.Utf8Lines;

/**
 * Reads files of questions.
 *
 * <p>A file that ends in .jsonl or .ndjson has a JSON object a line: {@code question}, {@code
 * context} and {@code answers}, each a string or an object with {@code text} and {@code
 * answer_start}; or the lists {@code text} and {@code answer_start} that Hugging Face's data sets
 * have; or one {@code answer}. Any other file is SQuAD's JSON, version 1 or 2, read an article at a
 * time.
 *
 * <p>Places are counted in characters as Python counts them, which are Unicode's code points. An
 * answer without a place must occur once. No answers, or {@code is_impossible}, say that the
 * context has none; without either member a question is for prediction alone.
 */
public final class QuestionReader {
    private static final String DATA = "data";

    private QuestionReader() {}

    /**
     * Reads a whole file.
     *
     * @param file the file
     * @return its questions, at least one
     * @throws TextFileException if a question is broken, or there is none
     * @throws IOException if it cannot be read
     */
    public static List<QuestionSample> readAll(Path file) throws IOException {
        String name = file.toString().toLowerCase(Locale.ROOT);
        List<QuestionSample> samples =
                name.endsWith(".jsonl") || name.endsWith(".ndjson") ? lines(file) : squad(file);
        if (samples.isEmpty()) {
            throw new TextFileException(
                    file, 0, "the file has no questions; expected one at least");
        }
        return samples;
    }

    private static List<QuestionSample> lines(Path file) throws IOException {
        List<QuestionSample> samples = new ArrayList<>();
        BrokenLines broken = new BrokenLines();
        try (Utf8Lines lines = new Utf8Lines(file)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (line.isBlank()) {
                    continue;
                }
                try {
                    JsonObject members = JsonLine.of(file, lines.number(), line).members();
                    String place = "line " + lines.number();
                    samples.add(
                            new QuestionFields(file, lines.number(), place).sample(members, null));
                } catch (TextFileException e) {
                    broken.add(e.line(), e.what(), e);
                }
            }
        }
        if (!broken.isEmpty()) {
            throw broken.refusal(file, samples.isEmpty());
        }
        return samples;
    }

    private static List<QuestionSample> squad(Path file) throws IOException {
        if (Files.notExists(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such data file");
        }
        InputFile.requireText(file, Long.MAX_VALUE);
        List<QuestionSample> samples = new ArrayList<>();
        try (Reader text =
                        new InputStreamReader(
                                Files.newInputStream(file), StandardCharsets.UTF_8.newDecoder());
                JsonReader json = new JsonReader(text)) {
            json.setStrictness(Strictness.STRICT);
            read(file, json, samples);
        } catch (TextFileException e) {
            throw e;
        } catch (CharacterCodingException e) {
            throw new TextFileException(
                    file, 0, "the bytes are not UTF-8; save the file as UTF-8", e);
        } catch (JsonParseException | IOException | IllegalStateException e) {
            throw new TextFileException(
                    file,
                    0,
                    "not SQuAD's JSON ("
                            + reason(e)
                            + "); expected an object with data, or a file of lines that ends in"
                            + " .jsonl",
                    e);
        }
        return samples;
    }

    /** What the parser found, without its advice to those who program. */
    private static String reason(Exception e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return String.valueOf(cause.getMessage())
                .replaceFirst("\\R(?s:.*)", "")
                .replaceFirst("^Use JsonReader\\.\\S+ to accept (?=malformed)", "");
    }

    private static void read(Path file, JsonReader json, List<QuestionSample> samples)
            throws IOException {
        if (json.peek() == JsonToken.BEGIN_ARRAY) {
            articles(file, json, samples);
        } else {
            json.beginObject();
            while (json.hasNext()) {
                if (json.nextName().equals(DATA)) {
                    articles(file, json, samples);
                } else {
                    json.skipValue();
                }
            }
            json.endObject();
        }
        if (!isAtEnd(json)) {
            throw new TextFileException(file, 0, "text after the JSON document");
        }
    }

    private static boolean isAtEnd(JsonReader json) throws IOException {
        try {
            return json.peek() == JsonToken.END_DOCUMENT;
        } catch (MalformedJsonException e) {
            return false;
        }
    }

    private static void articles(Path file, JsonReader json, List<QuestionSample> samples)
            throws IOException {
        json.beginArray();
        for (int i = 0; json.hasNext(); i++) {
            article(file, DATA + "[" + i + "]", JsonParser.parseReader(json), samples);
        }
        json.endArray();
    }

    private static void article(
            Path file, String place, JsonElement article, List<QuestionSample> samples)
            throws IOException {
        JsonObject members = object(file, place, article);
        if (!members.has("paragraphs")) {
            samples.add(new QuestionFields(file, 0, place).sample(members, null));
            return;
        }
        int paragraph = 0;
        for (JsonElement each : list(file, place, members, "paragraphs")) {
            String there = place + ".paragraphs[" + paragraph++ + "]";
            JsonObject own = object(file, there, each);
            String context = new QuestionFields(file, 0, there).text(own, "context");
            int question = 0;
            for (JsonElement qa : list(file, there, own, "qas")) {
                String here = there + ".qas[" + question++ + "]";
                samples.add(
                        new QuestionFields(file, 0, here).sample(object(file, here, qa), context));
            }
        }
    }

    private static JsonObject object(Path file, String place, JsonElement value)
            throws TextFileException {
        if (value instanceof JsonObject members) {
            return members;
        }
        throw new QuestionFields(file, 0, place).error(JsonKind.of(value) + "; expected an object");
    }

    private static Iterable<JsonElement> list(
            Path file, String place, JsonObject members, String name) throws TextFileException {
        JsonElement value = members.get(name);
        if (value != null && value.isJsonArray()) {
            return value.getAsJsonArray();
        }
        throw new QuestionFields(file, 0, place)
                .error(
                        "'%s' is %s; expected a list"
                                .formatted(name, value == null ? "missing" : JsonKind.of(value)));
    }
}
