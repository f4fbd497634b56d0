/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import java.util.List;
import java.util.regex.Pattern;
import org.lora4j.text.TextExample;

/** The numbers that a regression learns, parsed from the labels of a file. */
public final class RegressionTargets {
    // Java's own parser also takes "1f", "0x1p3" and "NaN"; none of these is a label.
    private static final Pattern NUMBER =
            Pattern.compile("[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?");

    private static final int MAX_CHARS = 64;

    private RegressionTargets() {}

    /**
     * Parses the label of each row.
     *
     * @param examples rows that were read with a label column
     * @param source the name of the file, for messages
     * @return the targets, one a row, all finite
     * @throws IllegalArgumentException if a label is no finite number: it names the line
     */
    public static float[] parse(List<TextExample> examples, String source) {
        float[] targets = new float[examples.size()];
        for (int i = 0; i < targets.length; i++) {
            TextExample example = examples.get(i);
            String label = LabelSet.labelOf(example);
            float value = value(label);
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException(
                        ("%s, line %s: label '%s' is not a finite number; a regression learns"
                                        + " numbers, a classification takes names")
                                .formatted(
                                        source,
                                        example.line(),
                                        label.substring(0, Math.min(MAX_CHARS, label.length()))));
            }
            targets[i] = value;
        }
        return targets;
    }

    /** The number that a label is, or one that is not finite. */
    static float value(String label) {
        boolean number = label.length() <= MAX_CHARS && NUMBER.matcher(label).matches();
        return number ? Float.parseFloat(label) : Float.NaN;
    }
}
