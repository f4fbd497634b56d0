/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.TextExample;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.Utf8Lines;

/**
 * Comma separated rows with RFC 4180 quotes. A blank line is no row, unless the file has one
 * column: there it is a row of an empty text.
 */
public final class CsvRows implements RowSource {
    private final Path file;
    private final int linesBefore;
    private final CSVParser parser;
    private final Iterator<CSVRecord> records;
    private final Header header;

    /** Reads the rows under a header that is known, or else the header and the rows under it. */
    CsvRows(Path file, Utf8Lines lines, TextColumns columns, @Nullable Header known)
            throws IOException {
        this.file = file;
        this.linesBefore = lines.number();
        this.parser =
                CSVFormat.RFC4180
                        .builder()
                        .setIgnoreEmptyLines(false)
                        .build()
                        .parse(new LinesReader(lines));
        this.records = parser.iterator();
        if (known == null) {
            Row first = row();
            this.header = Header.of(file, first == null ? null : first.cells(), columns);
        } else {
            this.header = known;
        }
    }

    @Override
    public Header header() {
        return header;
    }

    @Override
    public @Nullable TextExample next() throws IOException {
        Row row;
        do {
            row = row();
            if (row == null) {
                return null;
            }
        } while (header.width() > 1 && row.isBlankLine());
        return header.row(file, row.line(), row.cells());
    }

    private record Row(int line, List<String> cells) {
        boolean isBlankLine() {
            return cells.size() == 1 && cells.get(0).isEmpty();
        }
    }

    private @Nullable Row row() throws IOException {
        long number = linesBefore + parser.getCurrentLineNumber() + 1;
        int line = (int) Math.min(Integer.MAX_VALUE, number);
        try {
            return records.hasNext() ? new Row(line, records.next().toList()) : null;
        } catch (IllegalStateException | UncheckedIOException e) {
            if (e.getCause() instanceof TextFileException broken) {
                throw broken;
            }
            Throwable cause = e.getCause() == null ? e : e.getCause();
            // the parser's own line is that of the part it reads
            String detail =
                    String.valueOf(cause.getMessage()).replaceFirst("^\\(line \\d+\\) ", "");
            throw new TextFileException(
                    file,
                    line,
                    ("not a csv row (%s); a cell with a quote in it is written \"like"
                                    + " \"\"this\"\"\"")
                            .formatted(detail),
                    e);
        }
    }

    @Override
    public void close() throws IOException {
        parser.close();
    }

    /** The characters of the lines, ends included, so that a cell keeps the breaks inside it. */
    private static final class LinesReader extends Reader {
        private final Utf8Lines lines;
        private String current = "";
        private int position;

        LinesReader(Utf8Lines lines) {
            this.lines = lines;
        }

        @Override
        public int read(char[] target, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            while (position == current.length()) {
                String line = lines.next();
                if (line == null) {
                    return -1;
                }
                current = line + lines.terminator();
                position = 0;
            }
            int count = Math.min(length, current.length() - position);
            current.getChars(position, position + count, target, offset);
            position += count;
            return count;
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }
}
