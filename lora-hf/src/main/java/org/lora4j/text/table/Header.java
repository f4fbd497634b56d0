/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.TextExample;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.lines.TextFileException;

/** Where the wanted columns stand in a header line; -1 for a column that is not asked for. */
public record Header(int width, int text, int pair, int label) {
    /** Finds the columns in the cells of a header line, null where a file has none. */
    static Header of(Path file, @Nullable List<String> found, TextColumns columns)
            throws TextFileException {
        if (found == null) {
            throw new TextFileException(file, 0, "the file is empty; expected a header line");
        }
        if (new LinkedHashSet<>(found).size() != found.size()) {
            for (String name : columns.names()) {
                if (found.indexOf(name) != found.lastIndexOf(name)) {
                    throw new TextFileException(
                            file, 1, "column '%s' occurs twice in the header %s", name, found);
                }
            }
        }
        for (String name : columns.names()) {
            if (!found.contains(name)) {
                String missing = TextColumns.missing(name, found);
                throw new TextFileException(file, 1, "%s%s", missing, separatorHint(found));
            }
        }
        return new Header(
                found.size(),
                found.indexOf(columns.text()),
                index(found, columns.pair()),
                index(found, columns.label()));
    }

    private static String separatorHint(List<String> found) {
        if (found.size() != 1) {
            return "";
        }
        for (char separator : new char[] {'\t', ',', ';'}) {
            if (found.get(0).indexOf(separator) >= 0) {
                return "; the header is one column that holds %s: is the format (tsv: tabs, csv: commas) the right one?"
                        .formatted(separator == '\t' ? "tabs" : "'" + separator + "'");
            }
        }
        return "";
    }

    private static int index(List<String> found, @Nullable String name) {
        return name == null ? -1 : found.indexOf(name);
    }

    TextExample row(Path file, int line, List<String> cells) throws TextFileException {
        if (cells.size() != width) {
            throw new TextFileException(
                    file,
                    line,
                    "expected %s columns as in the header, found %s",
                    width,
                    cells.size());
        }
        return new TextExample(
                line,
                cells.get(text),
                pair < 0 ? null : cells.get(pair),
                label < 0 ? null : label(file, line, cells.get(label)));
    }

    private static String label(Path file, int line, String cell) throws TextFileException {
        String stripped = cell.strip();
        if (stripped.isEmpty()) {
            throw new TextFileException(
                    file, line, "the label is empty; a text with none of several labels has |");
        }
        return stripped;
    }
}
