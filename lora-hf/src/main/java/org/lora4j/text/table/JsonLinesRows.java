/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.TextExample;
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
        String line;
        do {
            line = lines.next();
            if (line == null) {
                return null;
            }
        } while (line.isBlank());
        try (JsonReader json = new JsonReader(new StringReader(line))) {
            json.setStrictness(Strictness.STRICT);
            return row(json);
        } catch (MalformedJsonException | EOFException | NumberFormatException e) {
            throw error("not a JSON object (" + firstLine(e) + "); expected one a line", e);
        }
    }

    @Override
    public @Nullable Header header() {
        return null;
    }

    private TextExample row(JsonReader json) throws IOException {
        if (json.peek() != JsonToken.BEGIN_OBJECT) {
            throw error("expected a JSON object, found " + describe(json.peek()), null);
        }
        String text = null;
        String pair = null;
        String label = null;
        Set<String> found = new LinkedHashSet<>();
        json.beginObject();
        while (json.hasNext()) {
            String name = json.nextName();
            found.add(name);
            if (name.equals(columns.text())) {
                text = text(json, name);
            } else if (name.equals(columns.pair())) {
                pair = text(json, name);
            } else if (name.equals(columns.label())) {
                label = label(json, name);
            } else {
                json.skipValue();
            }
        }
        json.endObject();
        if (json.peek() != JsonToken.END_DOCUMENT) {
            throw error("text after the JSON object; expected one object a line", null);
        }
        for (String name : columns.names()) {
            if (!found.contains(name)) {
                throw error(Header.missing(name, found), null);
            }
        }
        return new TextExample(lines.number(), text == null ? "" : text, pair, label);
    }

    private String text(JsonReader json, String name) throws IOException {
        JsonToken token = json.peek();
        if (token != JsonToken.STRING) {
            throw error("'" + name + "' is " + describe(token) + "; expected a string", null);
        }
        return json.nextString();
    }

    private String label(JsonReader json, String name) throws IOException {
        JsonToken token = json.peek();
        String label =
                switch (token) {
                    case BOOLEAN -> Boolean.toString(json.nextBoolean());
                    case NUMBER -> number(json.nextString());
                    case STRING -> json.nextString().strip();
                    default ->
                            throw error(
                                    "the label '"
                                            + name
                                            + "' is "
                                            + describe(token)
                                            + "; expected a string, a number or a bool",
                                    null);
                };
        if (label.isEmpty()) {
            throw error("the label '" + name + "' is empty", null);
        }
        return label;
    }

    /** Whole numbers are written without a fraction: Python's 1.0 and 1 are one label. */
    private String number(String written) throws IOException {
        if (written.length() > MAX_LABEL_CHARS) {
            throw error("the label is a number of " + written.length() + " characters", null);
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

    private TextFileException error(String what, @Nullable Throwable cause) {
        return new TextFileException(file, lines.number(), what, cause);
    }

    private static String firstLine(Exception e) {
        String message = String.valueOf(e.getMessage());
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }

    private static String describe(JsonToken token) {
        return switch (token) {
            case BEGIN_ARRAY -> "an array";
            case BEGIN_OBJECT -> "an object";
            case STRING -> "a string";
            case NUMBER -> "a number";
            case BOOLEAN -> "a bool";
            case NULL -> "null";
            default -> "nothing";
        };
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
