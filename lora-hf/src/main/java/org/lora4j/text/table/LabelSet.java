/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.table;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.NearNames;
import org.lora4j.text.TextExample;

/**
 * The labels of a classifier in the order of its outputs, and how the labels of a file are found
 * among them: by name or, where no name is itself a number, by their number ("0", "1", ...).
 * Immutable.
 */
public final class LabelSet {
    /** A longer number is no label; it must not be written out as digits. */
    static final int LONGEST_NUMBER = 64;

    private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]{1,18}");

    /** A number as JSON writes it, with a fraction or an exponent. */
    private static final Pattern NUMBER =
            Pattern.compile("-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?");

    private final List<String> names;
    private final Map<String, Integer> ids = new HashMap<>();
    private final boolean numbered;

    private LabelSet(List<String> names) {
        this.names = List.copyOf(names);
        if (names.isEmpty()) {
            throw new IllegalArgumentException("a classifier needs at least one label");
        }
        for (int i = 0; i < names.size(); i++) {
            if (ids.putIfAbsent(names.get(i), i) != null) {
                throw new IllegalArgumentException(
                        "label '" + names.get(i) + "' occurs twice in " + names);
            }
        }
        for (int i = 0; i < names.size(); i++) {
            ids.putIfAbsent(canonical(names.get(i)), i);
        }
        this.numbered = ids.keySet().stream().anyMatch(LabelSet::isInteger);
    }

    /**
     * Returns a label as it is compared: a whole number is written without a fraction or an
     * exponent, since Python's 1, 1.0 and 1e0 are one label, and which of them a file has depends
     * on who wrote it. Any other label stays as it is, also 007 and +1.
     */
    static String canonical(String label) {
        if (label.length() > LONGEST_NUMBER || !NUMBER.matcher(label).matches()) {
            return label;
        }
        try {
            BigDecimal value = new BigDecimal(label);
            if (value.signum() == 0) {
                return "0";
            }
            BigDecimal plain = value.stripTrailingZeros();
            long digits = (long) plain.precision() - plain.scale();
            return plain.scale() <= 0 && digits <= 18
                    ? Long.toString(plain.longValueExact())
                    : label;
        } catch (NumberFormatException | ArithmeticException e) {
            return label; // an exponent beyond what Java holds
        }
    }

    /**
     * Labels in the order given, such as a config's id2label.
     *
     * @param names the name of output 0, 1, ...
     * @return the set
     * @throws IllegalArgumentException if there are none or one occurs twice
     */
    public static LabelSet of(List<String> names) {
        return new LabelSet(names);
    }

    /**
     * The labels to train with: those of the config in their order when they cover every label of
     * the data, otherwise the labels of the data, sorted (by value where all are integers). A
     * config of one label is that of a number, or of no classifier at all, and names nothing.
     *
     * @param data the labels that occur in the training data; at least one
     * @param configured the names of the config's id2label by id, or null where it has none
     * @return the set
     * @throws IllegalArgumentException if the data has no labels
     */
    public static LabelSet forTraining(Collection<String> data, @Nullable List<String> configured) {
        Set<String> distinct = new LinkedHashSet<>(data);
        if (configured != null && configured.size() > 1) {
            LabelSet set = new LabelSet(configured);
            if (distinct.stream().allMatch(label -> set.find(label).isPresent())) {
                return set;
            }
        }
        List<String> sorted = new ArrayList<>(distinct);
        boolean integers = sorted.stream().allMatch(LabelSet::isInteger);
        sorted.sort(
                integers
                        ? Comparator.<String>comparingLong(Long::parseLong)
                                .thenComparing(Comparator.naturalOrder())
                        : Comparator.naturalOrder());
        return new LabelSet(sorted);
    }

    /**
     * The distinct labels of rows, in order of appearance.
     *
     * @param examples rows that were read with a label column
     * @return their labels
     */
    public static Set<String> labelsOf(Collection<TextExample> examples) {
        Set<String> labels = new LinkedHashSet<>();
        for (TextExample example : examples) {
            labels.add(labelOf(example));
        }
        return labels;
    }

    /**
     * The output that a label of a file means.
     *
     * @param label a name, or a number in [0, size) when no name is a number
     * @return its index, or empty if it is unknown
     */
    public OptionalInt find(String label) {
        String compared = canonical(label);
        Integer id = ids.getOrDefault(label, ids.get(compared));
        if (id != null) {
            return OptionalInt.of(id);
        }
        if (numbered || !isInteger(compared)) {
            return OptionalInt.empty();
        }
        long number = Long.parseLong(compared);
        return number >= 0 && number < names.size()
                ? OptionalInt.of((int) number)
                : OptionalInt.empty();
    }

    /**
     * The output that each row's label means.
     *
     * @param examples rows that were read with a label column
     * @param source the name of the file, for messages
     * @return indices in [0, size), one a row
     * @throws IllegalArgumentException if a label is unknown: it names the label, the line and the
     *     labels known
     */
    public int[] indices(List<TextExample> examples, String source) {
        int[] indices = new int[examples.size()];
        for (int i = 0; i < indices.length; i++) {
            TextExample example = examples.get(i);
            String label = labelOf(example);
            OptionalInt found = find(label);
            if (found.isEmpty()) {
                List<String> near = NearNames.closest(label, names, 1);
                throw new IllegalArgumentException(
                        "%s, line %s: unknown label '%s'; the model knows %s%s"
                                .formatted(
                                        source,
                                        example.line(),
                                        label,
                                        known(),
                                        near.isEmpty()
                                                ? ""
                                                : "; did you mean '" + near.get(0) + "'?"));
            }
            indices[i] = found.getAsInt();
        }
        return indices;
    }

    /**
     * The names in the order of the outputs.
     *
     * @return an immutable list
     */
    public List<String> names() {
        return names;
    }

    /**
     * The number of labels.
     *
     * @return at least 1
     */
    public int size() {
        return names.size();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LabelSet set && set.names.equals(names);
    }

    @Override
    public int hashCode() {
        return names.hashCode();
    }

    @Override
    public String toString() {
        return names.toString();
    }

    static String labelOf(TextExample example) {
        if (example.label() == null) {
            throw new IllegalArgumentException(
                    "line " + example.line() + " has no label: read the file with a label column");
        }
        return example.label();
    }

    private String known() {
        int shown = Math.min(names.size(), 20);
        String list = String.join(", ", names.subList(0, shown));
        return shown == names.size() ? list : list + ", ... (" + names.size() + " in all)";
    }

    private static boolean isInteger(String label) {
        return INTEGER.matcher(label).matches();
    }
}
