/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.lines.BrokenLines;
import org.lora4j.text.lines.JsonLine;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.Utf8Lines;

/** Reads lines that each hold a JSON object, and gathers those that are broken. */
final class JsonLines {
    private JsonLines() {}

    /** Takes a line. */
    @FunctionalInterface
    interface Taker {
        /**
         * Takes a line that is not blank.
         *
         * @throws TextFileException if it is broken, which is gathered
         */
        void take(JsonLine line) throws TextFileException;
    }

    /**
     * Reads all lines.
     *
     * @param file whose lines they are, for messages
     * @param lines the lines
     * @param broken takes those that are broken
     * @param taker takes each of the others
     * @throws TextFileException if the file as a whole is something else
     * @throws IOException if it cannot be read
     */
    static void read(Path file, Utf8Lines lines, BrokenLines broken, Taker taker)
            throws IOException {
        for (String line = next(lines, broken); line != null; line = next(lines, broken)) {
            try {
                if (!line.isBlank()) {
                    taker.take(JsonLine.of(file, lines.number(), line));
                }
            } catch (TextFileException e) {
                broken.add(e.line(), e.what(), e);
            }
        }
    }

    /** The next line, empty for one that cannot be read, null at the end. */
    private static @Nullable String next(Utf8Lines lines, BrokenLines broken) throws IOException {
        try {
            return lines.next();
        } catch (TextFileException e) {
            if (e.line() == 0) {
                throw e; // the whole file is something else
            }
            broken.add(e.line(), e.what(), e);
            return "";
        }
    }
}
