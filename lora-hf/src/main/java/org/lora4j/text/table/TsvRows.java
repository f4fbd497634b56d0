/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.TextExample;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.Utf8Lines;

/**
 * Tab separated rows; nothing is quoted or escaped, as GLUE writes its files. A blank line is no
 * row, unless the file has one column: there it is a row of an empty text.
 */
final class TsvRows implements RowSource {
    private final Path file;
    private final Utf8Lines lines;
    private final Header header;

    /** Reads rows that stand under a header which was read before. */
    TsvRows(Path file, Utf8Lines lines, Header header) {
        this.file = file;
        this.lines = lines;
        this.header = header;
    }

    /** Reads a header and the rows under it. */
    TsvRows(Path file, Utf8Lines lines, TextColumns columns) throws IOException {
        this.file = file;
        this.lines = lines;
        String first = lines.next();
        if (first == null) {
            throw new TextFileException(file, 0, "the file is empty; expected a header line");
        }
        this.header = Header.of(file, split(first), columns);
    }

    @Override
    public @Nullable TextExample next() throws IOException {
        String line;
        do {
            line = lines.next();
            if (line == null) {
                return null;
            }
        } while (header.width() > 1 && line.isEmpty());
        return header.row(file, lines.number(), split(line));
    }

    @Override
    public Header header() {
        return header;
    }

    private static List<String> split(String line) {
        List<String> cells = new ArrayList<>();
        int start = 0;
        for (int tab = line.indexOf('\t'); tab >= 0; tab = line.indexOf('\t', start)) {
            cells.add(line.substring(start, tab));
            start = tab + 1;
        }
        cells.add(line.substring(start));
        return cells;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
