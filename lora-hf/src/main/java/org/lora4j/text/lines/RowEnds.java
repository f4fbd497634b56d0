/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

/**
 * Tells where the rows of a file end, byte by byte, without decoding it; a file may be divided
 * there and nowhere else. Not safe for concurrent use.
 */
public interface RowEnds {
    /** Takes the next byte of the file, and returns whether it is the line end that ends a row. */
    boolean ends(byte next);

    /** Rows that are lines. */
    static RowEnds lines() {
        return next -> next == '\n';
    }

    /** Returns where the rows of a format end. */
    static RowEnds of(TextFormat format) {
        return format == TextFormat.CSV ? new CsvRowEnds() : lines();
    }
}
