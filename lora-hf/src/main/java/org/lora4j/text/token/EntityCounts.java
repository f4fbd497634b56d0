/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.token;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.lora4j.train.metric.ClassReport;

/**
 * How many entities of each kind are right, predicted and true, and the scores of that: those of
 * the Python package seqeval. Not thread-safe.
 */
public final class EntityCounts {
    private final TagScheme scheme;
    private final EntityReading reading;
    private final SortedMap<String, long[]> byType = new TreeMap<>();

    /**
     * Creates empty counts.
     *
     * @param scheme the scheme of the tags
     * @param reading how they are read as entities
     */
    public EntityCounts(TagScheme scheme, EntityReading reading) {
        this.scheme = scheme;
        this.reading = reading;
    }

    /**
     * Adds a text.
     *
     * @param predicted the predicted tags of its words
     * @param truth the true ones, as many
     */
    public void add(List<String> predicted, List<String> truth) {
        if (predicted.size() != truth.size()) {
            throw new IllegalArgumentException(
                    "%d predicted and %d true tags; expected as many"
                            .formatted(predicted.size(), truth.size()));
        }
        Set<TaggedEntity> found = new HashSet<>(reading.read(predicted, scheme));
        Set<TaggedEntity> real = new HashSet<>(reading.read(truth, scheme));
        for (TaggedEntity entity : found) {
            of(entity.type())[1]++;
            if (real.contains(entity)) {
                of(entity.type())[0]++;
            }
        }
        for (TaggedEntity entity : real) {
            of(entity.type())[2]++;
        }
    }

    private long[] of(String type) {
        return byType.computeIfAbsent(type, t -> new long[3]);
    }

    /** Returns the scores of each kind of entity that occurs, sorted by its name. */
    public SortedMap<String, ClassReport.Scores> byType() {
        SortedMap<String, ClassReport.Scores> scores = new TreeMap<>();
        byType.forEach((type, n) -> scores.put(type, ClassReport.Scores.of(n[0], n[1], n[2])));
        return scores;
    }

    /** Returns the scores of all entities together: seqeval's {@code average="micro"}. */
    public ClassReport.Scores micro() {
        long[] sums = new long[3];
        for (long[] counts : byType.values()) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += counts[i];
            }
        }
        return ClassReport.Scores.of(sums[0], sums[1], sums[2]);
    }

    /**
     * Returns how many entities are right, predicted and true, by their kind.
     *
     * @return {right, predicted, true} for each kind
     */
    public Map<String, List<Long>> counts() {
        Map<String, List<Long>> counts = new TreeMap<>();
        byType.forEach((type, n) -> counts.put(type, List.of(n[0], n[1], n[2])));
        return counts;
    }
}
