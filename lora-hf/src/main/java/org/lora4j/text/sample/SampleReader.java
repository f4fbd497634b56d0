/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.ConversationReader;
import org.lora4j.text.lines.BrokenLines;
import org.lora4j.text.lines.JsonLine;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.Utf8Lines;

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
        if (!broken.isEmpty() && onBadLine == OnBadLine.FAIL) {
            throw broken.refusal(file, false);
        }
        if (samples.isEmpty()) {
            throw nothing(file, broken);
        }
        return new TrainingSamples(file.toString(), samples, broken.lines(), onBadLine);
    }

    /** Says why a file has no sample: each of its lines is broken, or there is none. */
    static TextFileException nothing(Path file, BrokenLines broken) {
        return broken.isEmpty()
                ? new TextFileException(
                        file, 0, "the file has no lines; expected one JSON object a line")
                : broken.refusal(file, true);
    }

    private void readAll() throws IOException {
        JsonLines.read(file, lines, broken, line -> samples.add(sample(line)));
    }

    private TrainingSample sample(JsonLine line) throws TextFileException {
        JsonObject row = line.members();
        if (format == SampleFormat.AUTO) {
            SampleFormat found = SampleFormat.of(row.keySet());
            if (found == null) {
                throw line.error(
                        "no known format: expected the members %s; found: %s",
                        SampleFormat.choices(),
                        row.isEmpty() ? "none" : String.join(", ", row.keySet()));
            }
            format = found;
        }
        for (String member : format.members()) {
            if (!row.has(member)) {
                throw line.error(
                        "%s (format %s)", TextColumns.missing(member, row.keySet()), format);
            }
        }
        int number = line.number();
        return switch (format) {
            case MESSAGES -> new ChatSample(number, conversation(line));
            case PROMPT_COMPLETION ->
                    new PromptCompletion(number, line.text("prompt"), line.text("completion"));
            case INSTRUCTION ->
                    new PromptCompletion(
                            number,
                            AlpacaTemplate.prompt(line.text("instruction"), input(line)),
                            line.text("output"));
            case TEXT -> new PlainText(number, line.text("text"));
            case AUTO -> throw new IllegalStateException("the format is known by now");
        };
    }

    private static Conversation conversation(JsonLine line) throws TextFileException {
        try {
            return ConversationReader.read(line.members());
        } catch (IllegalArgumentException e) {
            throw line.error("%s", e.getMessage());
        }
    }

    private static String input(JsonLine line) throws TextFileException {
        JsonElement input = line.members().get("input");
        return input == null || input.isJsonNull() ? "" : line.text("input");
    }
}
