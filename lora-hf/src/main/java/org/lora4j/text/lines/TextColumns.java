/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.NearNames;

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
        Set<String> seen = new HashSet<>();
        for (String name : names(text, pair, label)) {
            if (name.isBlank()) {
                throw new IllegalArgumentException("a column name is blank");
            }
            if (!seen.add(name)) {
                throw new IllegalArgumentException(
                        "column '" + name + "' is asked for twice: text, pair and label differ");
            }
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
        return Stream.of(text, pair, label).filter(Objects::nonNull).toList();
    }

    /** What to say of a column that is not there. */
    public static String missing(String wanted, Collection<String> found) {
        List<String> near = NearNames.closest(wanted, found, 1);
        return "no column '%s'; found: %s%s"
                .formatted(
                        wanted,
                        String.join(", ", found),
                        near.isEmpty() ? "" : "; did you mean '" + near.get(0) + "'?");
    }
}
