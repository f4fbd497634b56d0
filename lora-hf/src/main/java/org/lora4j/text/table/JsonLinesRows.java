/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.TextExample;
import org.lora4j.text.lines.JsonKind;
import org.lora4j.text.lines.JsonLine;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.Utf8Lines;

/** One JSON object a line; only the wanted members are kept. */
final class JsonLinesRows implements RowSource {
    /** An exponent this large is no label; it must not be written out as digits. */
    private static final int MAX_LABEL_CHARS = 64;

    private final Path file;
    private final Utf8Lines lines;
    private final TextColumns columns;

    JsonLinesRows(Path file, Utf8Lines lines, TextColumns columns) {
        this.file = file;
        this.lines = lines;
        this.columns = columns;
    }

    @Override
    public @Nullable TextExample next() throws IOException {
        String text = lines.next();
        while (text != null && text.isBlank()) {
            text = lines.next();
        }
        if (text == null) {
            return null;
        }
        JsonLine line = JsonLine.of(file, lines.number(), text);
        for (String name : columns.names()) {
            if (!line.members().has(name)) {
                throw line.error(TextColumns.missing(name, line.members().keySet()));
            }
        }
        return new TextExample(
                line.number(),
                line.text(columns.text()),
                columns.pair() == null ? null : line.text(columns.pair()),
                columns.label() == null ? null : label(line, columns.label()));
    }

    @Override
    public @Nullable Header header() {
        return null;
    }

    private static String label(JsonLine line, String name) throws TextFileException {
        JsonElement value = line.members().get(name);
        if (!(value instanceof JsonPrimitive primitive)) {
            throw line.error(
                    "the label '%s' is %s; expected a string, a number or a bool"
                            .formatted(name, JsonKind.of(value)));
        }
        String label = primitive.getAsString();
        if (primitive.isNumber()) {
            return number(line, label);
        }
        if (label.isBlank()) {
            throw line.error("the label '" + name + "' is empty");
        }
        return label.strip();
    }

    /** Whole numbers are written without a fraction: Python's 1.0 and 1 are one label. */
    private static String number(JsonLine line, String written) throws TextFileException {
        if (written.length() > MAX_LABEL_CHARS) {
            throw line.error("the label is a number of " + written.length() + " characters");
        }
        try {
            BigDecimal value = new BigDecimal(written);
            if (value.signum() == 0) {
                return "0";
            }
            BigDecimal plain = value.stripTrailingZeros();
            long digits = (long) plain.precision() - plain.scale();
            return plain.scale() <= 0 && digits <= 18
                    ? Long.toString(plain.longValueExact())
                    : written;
        } catch (NumberFormatException | ArithmeticException e) {
            return written; // an exponent beyond what Java holds
        }
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
