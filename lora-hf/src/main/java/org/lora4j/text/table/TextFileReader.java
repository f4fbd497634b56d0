/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.TextExample;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.TextFormat;
import org.lora4j.text.lines.Utf8Lines;

/**
 * Reads the rows of a tsv, csv or jsonl file one by one, in UTF-8, with or without a byte order
 * mark. Blank lines are skipped, except in a tsv or csv file of one column, where a blank line is
 * an empty text. Whatever is wrong with the file is a {@link TextFileException} that names the
 * line. Not safe for concurrent use.
 */
public final class TextFileReader implements AutoCloseable {
    private static final int MAX_SHARED_LABELS = 1024;

    private final RowSource rows;
    private final Map<String, String> labels = new HashMap<>();

    private TextFileReader(RowSource rows) {
        this.rows = rows;
    }

    /**
     * Opens a file and, where the format has one, checks its header.
     *
     * @param file the file
     * @param format how its rows are written; see {@link TextFormat#of}
     * @param columns the columns to read
     * @return an open reader, closed by the caller
     * @throws NoSuchFileException if there is no such file
     * @throws TextFileException if the header is absent, broken or lacks a column
     * @throws IOException if the file cannot be read
     */
    public static TextFileReader open(Path file, TextFormat format, TextColumns columns)
            throws IOException {
        return part(file, new Utf8Lines(file), format, columns, null);
    }

    /**
     * Reads a part of a file.
     *
     * @param lines the part, which is closed with the reader
     * @param header the file's header where the part begins below it; null where it begins the file
     *     or the format has none
     */
    static TextFileReader part(
            Path file,
            Utf8Lines lines,
            TextFormat format,
            TextColumns columns,
            @Nullable Header header)
            throws IOException {
        try {
            return new TextFileReader(
                    switch (format) {
                        case TSV -> new TsvRows(file, lines, columns, header);
                        case CSV -> new CsvRows(file, lines, columns, header);
                        case JSONL -> new JsonLinesRows(file, lines, columns);
                    });
        } catch (IOException | RuntimeException e) {
            lines.close();
            throw e;
        }
    }

    /** Returns the header, where the format has one. */
    @Nullable Header header() {
        return rows.header();
    }

    /**
     * Reads all rows of a file whose extension tells its format.
     *
     * @param file the file
     * @param columns the columns to read
     * @return the rows in order, at least one
     * @throws IllegalArgumentException if the extension is not known
     * @throws TextFileException if the file is broken, lacks a column or has no rows
     * @throws IOException if the file cannot be read
     */
    public static List<TextExample> readAll(Path file, TextColumns columns) throws IOException {
        return readAll(file, TextFormat.of(file), columns);
    }

    /**
     * Reads all rows of a file.
     *
     * @param file the file
     * @param format how its rows are written, whatever its name says
     * @param columns the columns to read
     * @return the rows in order, at least one
     * @throws TextFileException if the file is broken, lacks a column or has no rows
     * @throws IOException if the file cannot be read
     */
    public static List<TextExample> readAll(Path file, TextFormat format, TextColumns columns)
            throws IOException {
        List<TextExample> examples = new ArrayList<>();
        try (TextFileReader reader = open(file, format, columns)) {
            for (TextExample e = reader.next(); e != null; e = reader.next()) {
                examples.add(e);
            }
        }
        if (examples.isEmpty()) {
            throw noRows(file, format);
        }
        return examples;
    }

    static TextFileException noRows(Path file, TextFormat format) {
        return new TextFileException(
                file,
                0,
                format == TextFormat.JSONL
                        ? "the file has no rows; expected one JSON object a line"
                        : "the file has a header but no rows");
    }

    /**
     * The next row.
     *
     * @return the row, or null at the end of the file
     * @throws TextFileException if the row is broken
     * @throws IOException if the file cannot be read
     */
    public @Nullable TextExample next() throws IOException {
        TextExample row = rows.next();
        if (row == null || row.label() == null) {
            return row;
        }
        String label = LabelSet.canonical(row.label());
        String shared =
                labels.size() < MAX_SHARED_LABELS
                        ? labels.computeIfAbsent(label, same -> same)
                        : labels.getOrDefault(label, label);
        return new TextExample(row.line(), row.text(), row.pair(), shared);
    }

    @Override
    public void close() throws IOException {
        rows.close();
    }
}
