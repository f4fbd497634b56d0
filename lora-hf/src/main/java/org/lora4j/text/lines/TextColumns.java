/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which columns of a data file are read.
 *
 * @param text the column of the text
 * @param pair the column of the second text, or null for single texts
 * @param label the column of the label, or null to read texts only
 */
public record TextColumns(String text, @Nullable String pair, @Nullable String label) {
    /**
     * Checks that the columns differ.
     *
     * @param text the column of the text
     * @param pair the column of the second text, or null for single texts
     * @param label the column of the label, or null to read texts only
     * @throws IllegalArgumentException if a name is blank or used twice
     */
    public TextColumns {
        Objects.requireNonNull(text, "text");
        List<String> seen = new ArrayList<>();
        for (String name : names(text, pair, label)) {
            if (name.isBlank()) {
                throw new IllegalArgumentException("a column name is blank");
            }
            if (seen.contains(name)) {
                throw new IllegalArgumentException(
                        "column '" + name + "' is asked for twice: text, pair and label differ");
            }
            seen.add(name);
        }
    }

    /**
     * Columns of labelled single texts.
     *
     * @param text the column of the text
     * @param label the column of the label
     * @return the columns
     */
    public static TextColumns of(String text, String label) {
        return new TextColumns(text, null, label);
    }

    /**
     * The columns that a file must have.
     *
     * @return one to three names, text first
     */
    public List<String> names() {
        return names(text, pair, label);
    }

    private static List<String> names(String text, @Nullable String pair, @Nullable String label) {
        List<String> names = new ArrayList<>(3);
        names.add(text);
        if (pair != null) {
            names.add(pair);
        }
        if (label != null) {
            names.add(label);
        }
        return names;
    }
}
