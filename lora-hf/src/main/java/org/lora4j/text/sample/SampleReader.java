/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.ConversationReader;
import org.lora4j.text.lines.BrokenLines;
import org.lora4j.text.lines.JsonKind;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.Utf8Lines;
import org.lora4j.text.table.Header;

/**
 * Reads a jsonl file of texts for a language model: one JSON object a line in UTF-8, of one {@link
 * SampleFormat}; blank lines are none. Members that the format does not know are left alone.
 */
public final class SampleReader {
    private final Path file;
    private final Utf8Lines lines;
    private final List<TrainingSample> samples;
    private final BrokenLines broken;
    private SampleFormat format;

    private SampleReader(
            Path file,
            Utf8Lines lines,
            SampleFormat format,
            List<TrainingSample> samples,
            BrokenLines broken) {
        this.file = file;
        this.lines = lines;
        this.format = format;
        this.samples = samples;
        this.broken = broken;
    }

    /**
     * Reads a whole file.
     *
     * @param file the file, whatever its name ends in
     * @param format what its lines are like
     * @param onBadLine what becomes of lines that are no object of that format, and later of those
     *     that cannot be tokenized
     * @return its samples, at least one
     * @throws NoSuchFileException if there is no such file
     * @throws TextFileException if a line is broken and not to be skipped, which names that line
     *     and the numbers of more of them; if nothing can be read; if the file is not text
     * @throws IOException if the file cannot be read
     */
    public static TrainingSamples read(Path file, SampleFormat format, OnBadLine onBadLine)
            throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such data file");
        }
        if (Files.isDirectory(file)) {
            throw new TextFileException(file, 0, "is a directory; expected a data file");
        }
        try (Utf8Lines lines = new Utf8Lines(file)) {
            return new SampleReader(file, lines, format, new ArrayList<>(), new BrokenLines())
                    .read(onBadLine);
        }
    }

    /**
     * Reads a part of a file.
     *
     * @param lines the part
     * @param format what its lines are like
     * @param samples takes the samples
     * @param broken takes the lines that are no object of that format
     * @return the format, found where it was to be found and there was a line that tells it
     */
    static SampleFormat readPart(
            Path file,
            Utf8Lines lines,
            SampleFormat format,
            List<TrainingSample> samples,
            BrokenLines broken)
            throws IOException {
        SampleReader reader = new SampleReader(file, lines, format, samples, broken);
        reader.readAll();
        return reader.format;
    }

    private TrainingSamples read(OnBadLine onBadLine) throws IOException {
        readAll();
        if (!broken.isEmpty() && (onBadLine == OnBadLine.FAIL || samples.isEmpty())) {
            throw new TextFileException(
                    file,
                    broken.line(),
                    broken.refusal(onBadLine == OnBadLine.SKIP),
                    broken.cause());
        }
        if (samples.isEmpty()) {
            throw new TextFileException(
                    file, 0, "the file has no lines; expected one JSON object a line");
        }
        return new TrainingSamples(file.toString(), samples, broken.lines(), onBadLine);
    }

    private void readAll() throws IOException {
        for (String line = next(); line != null; line = next()) {
            try {
                if (!line.isBlank()) {
                    samples.add(sample(line));
                }
            } catch (TextFileException e) {
                broken.add(e.line(), e.what(), e);
            }
        }
    }

    /** The next line, empty for one that is not UTF-8, null at the end. */
    private @Nullable String next() throws IOException {
        try {
            return lines.next();
        } catch (TextFileException e) {
            if (!(e.getCause() instanceof CharacterCodingException)) {
                throw e; // the whole file is something else
            }
            broken.add(e.line(), e.what(), e);
            return "";
        }
    }

    private TrainingSample sample(String line) throws TextFileException {
        JsonObject row = object(line);
        if (format == SampleFormat.AUTO) {
            SampleFormat found = SampleFormat.of(row.keySet());
            if (found == null) {
                throw error(
                        "no known format: expected the members "
                                + SampleFormat.choices()
                                + "; found: "
                                + (row.isEmpty() ? "none" : String.join(", ", row.keySet())));
            }
            format = found;
        }
        for (String member : format.members()) {
            if (!row.has(member)) {
                throw error(Header.missing(member, row.keySet()) + " (format " + format + ")");
            }
        }
        int number = lines.number();
        return switch (format) {
            case MESSAGES -> new ChatSample(number, conversation(row));
            case PROMPT_COMPLETION ->
                    new PromptCompletion(number, text(row, "prompt"), text(row, "completion"));
            case INSTRUCTION ->
                    new PromptCompletion(
                            number,
                            AlpacaTemplate.prompt(text(row, "instruction"), input(row)),
                            text(row, "output"));
            case TEXT -> new PlainText(number, text(row, "text"));
            case AUTO -> throw new IllegalStateException("the format is known by now");
        };
    }

    private JsonObject object(String line) throws TextFileException {
        if (line.stripLeading().startsWith("[")) {
            throw error(
                    "a JSON array; expected one JSON object a line, as jq -c '.[]' FILE writes it");
        }
        try (JsonReader json = new JsonReader(new StringReader(line))) {
            json.setStrictness(Strictness.STRICT);
            JsonElement row = JsonParser.parseReader(json);
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw error("text after the JSON object; expected one object a line");
            }
            if (row.isJsonObject()) {
                return row.getAsJsonObject();
            }
            throw error("expected a JSON object, found " + JsonKind.of(row));
        } catch (TextFileException e) {
            throw e;
        } catch (JsonParseException | IOException e) {
            throw new TextFileException(
                    file,
                    lines.number(),
                    "not a JSON object (" + reason(e) + "); expected one a line",
                    e);
        }
    }

    private Conversation conversation(JsonObject row) throws TextFileException {
        try {
            return ConversationReader.read(row);
        } catch (IllegalArgumentException e) {
            throw error(String.valueOf(e.getMessage()));
        }
    }

    private String input(JsonObject row) throws TextFileException {
        JsonElement input = row.get("input");
        return input == null || input.isJsonNull() ? "" : text(row, "input");
    }

    private String text(JsonObject row, String member) throws TextFileException {
        JsonElement value = row.get(member);
        if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
            throw error("'" + member + "' is " + JsonKind.of(value) + "; expected a string");
        }
        return value.getAsString();
    }

    private TextFileException error(String what) {
        return new TextFileException(file, lines.number(), what);
    }

    /** What the parser found and at which column, without its advice to those who program. */
    private static String reason(Exception e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return String.valueOf(cause.getMessage())
                .replaceFirst("\\R(?s:.*)", "")
                .replaceFirst("^Use JsonReader\\.\\S+ to accept (?=malformed)", "")
                .replaceFirst(" at line \\d+ (column \\d+) path .*", " at $1");
    }
}
