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
import org.lora4j.text.lines.Utf8Lines;

/**
 * Tab separated rows; nothing is quoted or escaped, as GLUE writes its files. A blank line is no
 * row, unless the file has one column: there it is a row of an empty text.
 */
final class TsvRows implements RowSource {
    private final Path file;
    private final Utf8Lines lines;
    private final Header header;

    /** Reads the rows under a header that is known, or else the header and the rows under it. */
    TsvRows(Path file, Utf8Lines lines, TextColumns columns, @Nullable Header known)
            throws IOException {
        this.file = file;
        this.lines = lines;
        this.header = known == null ? Header.of(file, first(lines), columns) : known;
    }

    private static @Nullable List<String> first(Utf8Lines lines) throws IOException {
        String line = lines.next();
        return line == null ? null : split(line);
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
