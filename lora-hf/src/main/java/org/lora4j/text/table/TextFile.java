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
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.TextExample;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.TokenizedDataset;
import org.lora4j.text.lines.BlockFile;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.RowEnds;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.TextFormat;
import org.lora4j.text.lines.Utf8Lines;

/**
 * A tsv, csv or jsonl file of texts that is read a part at a time, as often as it is asked for, so
 * that it may be larger than memory. What is held of it is where its blocks of about 256 KiB begin,
 * how many rows they have, and which labels occur.
 *
 * <p>An epoch reads windows of 16 blocks, about 4 MiB, drawn from the whole file by the seed and
 * the epoch. Immutable and safe for concurrent use.
 */
public final class TextFile {
    private final BlockFile file;
    private final TextFormat format;
    private final TextColumns columns;
    private final @Nullable Header header;
    private final int[] rowsBefore;
    private final LabelSurvey survey;

    private TextFile(
            BlockFile file,
            TextFormat format,
            TextColumns columns,
            @Nullable Header header,
            int[] rowsBefore,
            LabelSurvey survey) {
        this.file = file;
        this.format = format;
        this.columns = columns;
        this.header = header;
        this.rowsBefore = rowsBefore;
        this.survey = survey;
    }

    /**
     * A part of a file, tokenized.
     *
     * @param rows its rows
     * @param texts their tokens; each knows the position of its row in the whole file
     */
    public record Part(List<TextExample> rows, TokenizedDataset texts) {
        /** Copies the list. */
        public Part {
            rows = List.copyOf(rows);
        }
    }

    /**
     * Reads through a file whose extension tells its format.
     *
     * @param path the file
     * @param columns the columns to read
     * @throws IllegalArgumentException if the extension is not known
     * @throws IOException as {@link #open(Path, TextFormat, TextColumns)}
     */
    public static TextFile open(Path path, TextColumns columns) throws IOException {
        return open(path, TextFormat.of(path), columns);
    }

    /**
     * Reads through a file: first for its blocks, then row by row, so that every row is known to be
     * sound and which labels there are. Nothing else of it is kept.
     *
     * @param path the file
     * @param format how its rows are written, whatever its name says
     * @param columns the columns to read
     * @throws NoSuchFileException if there is no such file
     * @throws TextFileException if the file or a row is broken, which names the line; if it lacks a
     *     column or has no rows; if a row is longer than 64 MiB
     * @throws IOException if it cannot be read
     */
    public static TextFile open(Path path, TextFormat format, TextColumns columns)
            throws IOException {
        BlockFile file = BlockFile.open(path, RowEnds.of(format), OnBadLine.FAIL);
        if (file.blocks() == 0) {
            TextFileReader.readAll(path, format, columns); // says what an empty file lacks
        }
        LabelSurvey survey = new LabelSurvey();
        int[] rowsBefore = new int[file.blocks() + 1];
        Header header = null;
        for (int block = 0; block < file.blocks(); block++) {
            try (TextFileReader rows =
                    TextFileReader.part(path, file.lines(block), format, columns, header)) {
                int count = 0;
                for (TextExample row = rows.next(); row != null; row = rows.next()) {
                    survey.add(row);
                    count++;
                }
                rowsBefore[block + 1] = rowsBefore[block] + count;
                header = rows.header();
            }
        }
        if (rowsBefore[file.blocks()] == 0) {
            throw TextFileReader.noRows(path, format);
        }
        return new TextFile(file, format, columns, header, rowsBefore, survey);
    }

    /** Returns where the file is. */
    public Path path() {
        return file.path();
    }

    /** Returns the file's size in bytes. */
    public long size() {
        return file.size();
    }

    /** Returns the number of blocks. */
    public int blocks() {
        return file.blocks();
    }

    /** Returns the number of rows. */
    public int rows() {
        return rowsBefore[file.blocks()];
    }

    /**
     * Returns the number of rows in some blocks.
     *
     * @param blocks which
     */
    public int rows(int[] blocks) {
        return Arrays.stream(blocks).map(b -> rowsBefore[b + 1] - rowsBefore[b]).sum();
    }

    /**
     * Returns which blocks are read together, each window's in the file's order.
     *
     * @param seed what the windows are drawn from
     * @param epoch the epoch, from 0
     * @param shuffle whether they are drawn at all; otherwise they follow the file
     */
    public int[][] windows(long seed, int epoch, boolean shuffle) {
        return file.windows(seed, epoch, shuffle);
    }

    /**
     * Returns the distinct labels, in order of appearance.
     *
     * @throws IllegalArgumentException if the file was opened without a label column, or has more
     *     than 131,072 labels or 16 million characters of them
     */
    public Set<String> labels() {
        requireLabelColumn();
        if (!survey.isWhole()) {
            throw new IllegalArgumentException(
                    ("%s: column '%s' has more than %s different labels, too many for a classifier;"
                         + " is it the column of the labels? A regression learns numbers")
                            .formatted(path(), columns.label(), survey.labels().size()));
        }
        return survey.labels();
    }

    /**
     * Checks that every label is one that a model knows.
     *
     * @param known the model's labels
     * @throws IllegalArgumentException if one is not, as {@link LabelSet#indices} says it
     */
    public void requireLabels(LabelSet known) {
        requireLabelColumn();
        known.indices(survey.firstRows(), path().toString());
    }

    /**
     * Checks that every label is a number.
     *
     * @throws IllegalArgumentException if one is not, as {@link RegressionTargets#parse} says it
     */
    public void requireNumbers() {
        requireLabelColumn();
        RegressionTargets.parse(survey.noNumber(), path().toString());
    }

    private void requireLabelColumn() {
        if (columns.label() == null) {
            throw new IllegalArgumentException(
                    path() + ": opened without a label column; expected TextColumns with one");
        }
    }

    /**
     * Reads and tokenizes some blocks.
     *
     * @param blocks which, in their order
     * @param tokenizer the tokenizer; it stays the caller's
     * @param maxLength the most tokens of a row, special tokens included
     * @param padId the id at padded positions
     * @throws TextFileException if the file has changed since it was opened
     * @throws IllegalArgumentException as {@link TokenizedDataset#of}
     * @throws IOException if it cannot be read
     */
    public Part tokenize(int[] blocks, TextTokenizer tokenizer, int maxLength, int padId)
            throws IOException {
        List<TextExample> rows = read(blocks);
        return new Part(
                rows,
                TokenizedDataset.of(
                        rows, positions(blocks), path().toString(), tokenizer, maxLength, padId));
    }

    /** The rows of some blocks. */
    List<TextExample> read(int[] blocks) throws IOException {
        List<TextExample> rows = new ArrayList<>(rows(blocks));
        for (int block : blocks) {
            Utf8Lines lines = file.lines(block);
            try (TextFileReader reader =
                    TextFileReader.part(
                            path(), lines, format, columns, block == 0 ? null : header)) {
                for (TextExample row = reader.next(); row != null; row = reader.next()) {
                    rows.add(row);
                }
            }
        }
        return rows;
    }

    /** Where the rows of some blocks stand in the whole file. */
    int[] positions(int[] blocks) {
        return Arrays.stream(blocks)
                .flatMap(block -> IntStream.range(rowsBefore[block], rowsBefore[block + 1]))
                .toArray();
    }
}
