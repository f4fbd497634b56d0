/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.TextExample;
import org.lora4j.text.lines.JsonKind;
import org.lora4j.text.lines.JsonLine;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.Utf8Lines;

/** One JSON object a line; only the wanted members are kept. */
final class JsonLinesRows implements RowSource {
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
                throw line.error("%s", TextColumns.missing(name, line.members().keySet()));
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
        if (value instanceof JsonArray list) {
            return several(line, name, list);
        }
        if (!(value instanceof JsonPrimitive primitive)) {
            throw line.error(
                    "the label '%s' is %s; expected a string, a number or a bool",
                    name, JsonKind.of(value));
        }
        String label = primitive.getAsString();
        if (primitive.isNumber() && label.length() > LabelSet.LONGEST_NUMBER) {
            throw line.error("the label is a number of %s characters", label.length());
        }
        if (label.isBlank()) {
            throw line.error("the label '%s' is empty", name);
        }
        return label.strip();
    }

    /** Labels as a table has them in a cell. */
    private static String several(JsonLine line, String name, JsonArray list)
            throws TextFileException {
        List<String> labels = new ArrayList<>();
        for (JsonElement value : list) {
            if (!(value instanceof JsonPrimitive text && text.isString())
                    || text.getAsString().isBlank()
                    || text.getAsString().contains(SeveralLabels.SEPARATOR)) {
                throw line.error("the list '%s' has %s; expected labels, without '|'", name, value);
            }
            labels.add(text.getAsString().strip());
        }
        return labels.isEmpty()
                ? SeveralLabels.SEPARATOR
                : String.join(SeveralLabels.SEPARATOR, labels);
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
