/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.code;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Replacements in a text, all at places of the text before any of them. Not thread-safe. */
public final class TextEdits {
    private record Edit(int start, int end, String text) {}

    private final List<Edit> edits = new ArrayList<>();

    /** Creates an empty list. */
    public TextEdits() {}

    /**
     * Replaces a part of the text; an empty part inserts. What is inserted at one place stands in
     * the order of the calls.
     *
     * @param start where the part begins
     * @param end where it ends
     * @param text what comes in its place
     */
    public void replace(int start, int end, String text) {
        edits.add(new Edit(start, end, text));
    }

    /**
     * Adds the replacements of another list.
     *
     * @param others the list
     */
    public void addAll(TextEdits others) {
        edits.addAll(others.edits);
    }

    /** Returns whether there are none. */
    public boolean isEmpty() {
        return edits.isEmpty();
    }

    /**
     * Whether a replacement touches a part of the text.
     *
     * @param start where the part begins
     * @param end where it ends
     */
    public boolean touches(int start, int end) {
        return edits.stream().anyMatch(edit -> edit.start < end && edit.end > start);
    }

    /**
     * Makes the replacements in a part of the text.
     *
     * @param source the whole text
     * @param from where the part begins
     * @param to where it ends; edits are inside
     * @return the changed part
     * @throws IllegalStateException if two replacements overlap
     */
    public String apply(String source, int from, int to) {
        List<Edit> sorted = new ArrayList<>(edits);
        sorted.sort(Comparator.comparingInt(Edit::start));
        StringBuilder result = new StringBuilder();
        int at = from;
        for (Edit edit : sorted) {
            if (edit.start < at || edit.end > to) {
                throw new IllegalStateException("Two changes of the code overlap: " + edit.text);
            }
            result.append(source, at, edit.start).append(edit.text);
            at = edit.end;
        }
        return result.append(source, at, to).toString();
    }
}
