/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.lora4j.text.TextExample;

/**
 * The labels of texts that have any number of them: in a file a cell such as {@code late|broken},
 * or {@code |} for none; in jsonl also a list.
 */
public final class SeveralLabels {
    /** What stands between labels, and alone where a text has none. */
    public static final String SEPARATOR = "|";

    private SeveralLabels() {}

    /** Returns the labels of a cell. */
    public static List<String> of(String cell) {
        List<String> labels = new ArrayList<>();
        for (String label : cell.split("\\|", -1)) {
            if (!label.isBlank()) {
                labels.add(label.strip());
            }
        }
        return labels;
    }

    /** Returns the distinct labels of cells, in order of appearance. */
    public static Set<String> all(Collection<String> cells) {
        Set<String> labels = new LinkedHashSet<>();
        cells.forEach(cell -> labels.addAll(of(cell)));
        return labels;
    }

    /**
     * Returns which labels rows have.
     *
     * @param known the model's labels
     * @param rows the rows
     * @param source the name of the file, for messages
     * @return 1 for each label that a row has, else 0 [rows * labels]
     * @throws IllegalArgumentException if a label is unknown: it names the label and the line
     */
    public static float[] targets(LabelSet known, List<TextExample> rows, String source) {
        float[] targets = new float[Math.multiplyExact(rows.size(), known.size())];
        for (int i = 0; i < rows.size(); i++) {
            TextExample row = rows.get(i);
            List<TextExample> own = new ArrayList<>();
            for (String label : of(LabelSet.labelOf(row))) {
                own.add(new TextExample(row.line(), "", null, label));
            }
            for (int label : known.indices(own, source)) {
                targets[i * known.size() + label] = 1;
            }
        }
        return targets;
    }
}
