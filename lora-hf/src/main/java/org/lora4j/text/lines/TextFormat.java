/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

import java.nio.file.Path;
import java.util.Locale;

/** How the rows of a data file are written. */
public enum TextFormat {
    /** Tab separated with a header line; quotes are literal text, as in GLUE's files. */
    TSV,
    /** Comma separated with a header line; quotes as in RFC 4180, so a cell may span lines. */
    CSV,
    /** One JSON object a line. */
    JSONL;

    /**
     * The format that a file's extension names: tsv, csv, or jsonl (also ndjson).
     *
     * @param file the file; it need not exist
     * @return its format
     * @throws IllegalArgumentException if the extension is none of these
     */
    public static TextFormat of(Path file) {
        Path last = file.getFileName();
        String name = last == null ? "" : last.toString();
        return switch (name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT)) {
            case "tsv" -> TSV;
            case "csv" -> CSV;
            case "jsonl", "ndjson" -> JSONL;
            default ->
                    throw new IllegalArgumentException(
                            "%s: expected a file ending in .tsv, .csv or .jsonl; rename it or name the format"
                                    .formatted(file));
        };
    }
}
