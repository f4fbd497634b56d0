/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.embed;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.lines.JsonLine;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.TextFormat;
import org.lora4j.text.lines.Utf8Lines;

/**
 * Examples of texts that are compared, as a file has them.
 *
 * <p>As sentence-transformers has it, the order of the columns says what they are: the anchor, its
 * positive, its negatives; or the two texts of a pair. A column named score, scores, label or
 * labels has the pair's similarity. Columns that go by the names anchor, positive and negative, or
 * sentence1 and sentence2, are put into that order.
 *
 * @param source what errors call them, such as a file's name
 * @param examples the examples, each with as many texts
 */
public record EmbeddingTexts(String source, List<EmbeddingExample> examples) {
    private static final Set<String> SCORES = Set.of("score", "scores", "label", "labels");
    private static final List<String> ORDER =
            List.of("anchor", "query", "question", "sentence1", "positive", "answer", "sentence2");

    /**
     * Copies and checks.
     *
     * @throws IllegalArgumentException if there are no examples, one has another number of texts,
     *     or some have a score and others none
     */
    public EmbeddingTexts {
        examples = List.copyOf(examples);
        if (examples.isEmpty()) {
            throw new IllegalArgumentException(source + " has no examples; expected one at least");
        }
        EmbeddingExample first = examples.get(0);
        for (EmbeddingExample example : examples) {
            boolean alike = (example.score() == null) == (first.score() == null);
            if (example.texts().size() != first.texts().size() || !alike) {
                throw new IllegalArgumentException(
                        "%s, line %d: %d texts %s a score; expected %d %s, as in the first line"
                                .formatted(
                                        source,
                                        example.line(),
                                        example.texts().size(),
                                        example.score() == null ? "without" : "with",
                                        first.texts().size(),
                                        first.score() == null ? "without" : "with"));
            }
        }
    }

    /** Returns how many texts each example has. */
    public int columns() {
        return examples.get(0).texts().size();
    }

    /** Returns whether the examples have scores. */
    public boolean isScored() {
        return examples.get(0).score() != null;
    }

    /**
     * Reads a file.
     *
     * @param file a .jsonl, .csv or .tsv file
     * @throws IOException if it cannot be read, or a line is broken or lacks a column
     * @throws IllegalArgumentException if it has no examples
     */
    public static EmbeddingTexts read(Path file) throws IOException {
        List<EmbeddingExample> examples =
                TextFormat.of(file) == TextFormat.JSONL ? json(file) : table(file);
        return new EmbeddingTexts(file.toString(), examples);
    }

    private static List<EmbeddingExample> json(Path file) throws IOException {
        List<EmbeddingExample> examples = new ArrayList<>();
        @Nullable List<String> columns = null;
        try (Utf8Lines lines = new Utf8Lines(file)) {
            for (String text = lines.next(); text != null; text = lines.next()) {
                if (text.isBlank()) {
                    continue;
                }
                JsonLine line = JsonLine.of(file, lines.number(), text);
                Set<String> names = line.members().keySet();
                if (columns == null) {
                    columns = ordered(names);
                    if (columns.isEmpty()) {
                        throw line.error("no texts; expected columns such as anchor and positive");
                    }
                }
                examples.add(example(line, columns));
            }
        }
        return examples;
    }

    private static EmbeddingExample example(JsonLine line, List<String> columns)
            throws TextFileException {
        JsonObject members = line.members();
        List<String> texts = new ArrayList<>();
        Float score = null;
        for (String name : members.keySet()) {
            if (SCORES.contains(name)) {
                score = score(line, name, members.get(name));
            } else if (!columns.contains(name)) {
                throw line.error(
                        "the column '%s', which the first line does not have; expected %s",
                        name, columns);
            }
        }
        for (String name : columns) {
            if (!members.has(name)) {
                throw line.error("no column '%s', which the first line has", name);
            }
            texts.add(line.text(name));
        }
        return new EmbeddingExample(texts, score, line.number());
    }

    private static float score(JsonLine line, String name, JsonElement value)
            throws TextFileException {
        if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber()) {
            float score = value.getAsFloat();
            if (Float.isFinite(score)) {
                return score;
            }
        }
        throw line.error("'%s' is %s; expected a number", name, value);
    }

    /** The columns of texts: known names in their order, else as they stand. */
    private static List<String> ordered(Set<String> names) {
        Set<String> texts = new LinkedHashSet<>(names);
        texts.removeAll(SCORES);
        List<String> columns = new ArrayList<>();
        boolean known = texts.stream().allMatch(name -> ORDER.contains(name) || isNegative(name));
        if (known) {
            ORDER.stream().filter(texts::contains).forEach(columns::add);
        }
        texts.stream().filter(name -> !columns.contains(name)).forEach(columns::add);
        return columns;
    }

    private static boolean isNegative(String name) {
        return name.toLowerCase(Locale.ROOT).startsWith("negative");
    }

    private static List<EmbeddingExample> table(Path file) throws IOException {
        char delimiter = TextFormat.of(file) == TextFormat.TSV ? '\t' : ',';
        CSVFormat format =
                CSVFormat.RFC4180
                        .builder()
                        .setDelimiter(delimiter)
                        .setQuote(delimiter == ',' ? '"' : null)
                        .setHeader()
                        .setSkipHeaderRecord(true)
                        .build();
        List<EmbeddingExample> examples = new ArrayList<>();
        try (CSVParser rows = format.parse(Files.newBufferedReader(file, StandardCharsets.UTF_8))) {
            List<String> columns = ordered(new LinkedHashSet<>(rows.getHeaderNames()));
            for (CSVRecord row : rows) {
                int line = (int) rows.getCurrentLineNumber();
                if (!row.isConsistent()) {
                    throw new TextFileException(
                            file,
                            line,
                            "%s cells; expected %s, as in the header",
                            row.size(),
                            rows.getHeaderNames().size());
                }
                List<String> texts = new ArrayList<>();
                columns.forEach(name -> texts.add(row.get(name)));
                examples.add(new EmbeddingExample(texts, score(file, line, rows, row), line));
            }
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
        return examples;
    }

    private static @Nullable Float score(Path file, int line, CSVParser rows, CSVRecord row)
            throws TextFileException {
        for (String name : rows.getHeaderNames()) {
            if (SCORES.contains(name)) {
                try {
                    return Float.valueOf(row.get(name));
                } catch (NumberFormatException e) {
                    throw new TextFileException(
                            file, line, "'%s' is %s; expected a number", name, row.get(name));
                }
            }
        }
        return null;
    }
}
