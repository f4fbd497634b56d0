/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.TextExample;

/**
 * Which labels the rows of a file have, and where each stands first, in memory that does not grow
 * with the number of rows. Not safe for concurrent use.
 */
final class LabelSurvey {
    /** No classifier has so many labels; texts in the place of labels must not fill the heap. */
    static final int MOST_LABELS = 1 << 17;

    private static final int MOST_CHARS = 1 << 24;

    private final Map<String, TextExample> first = new LinkedHashMap<>();
    private @Nullable TextExample noNumber;
    private int chars;
    private boolean isWhole = true;

    /** Takes a row. */
    void add(TextExample row) {
        String label = row.label();
        if (label == null || first.containsKey(label)) {
            return;
        }
        TextExample bare = new TextExample(row.line(), "", null, label);
        if (noNumber == null && !Float.isFinite(RegressionTargets.value(label))) {
            noNumber = bare;
        }
        if (first.size() < MOST_LABELS && label.length() <= MOST_CHARS - chars) {
            first.put(label, bare);
            chars += label.length();
        } else {
            isWhole = false;
        }
    }

    /** Returns the labels in the order in which they occur, or the first of too many. */
    Set<String> labels() {
        return Collections.unmodifiableSet(first.keySet());
    }

    /** Returns whether all labels are known. */
    boolean isWhole() {
        return isWhole;
    }

    /** Returns the first row of each label. */
    List<TextExample> firstRows() {
        return List.copyOf(first.values());
    }

    /** Returns the first row whose label is no finite number, if there is one. */
    List<TextExample> noNumber() {
        return noNumber == null ? List.of() : List.of(noNumber);
    }
}
