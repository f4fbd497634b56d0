/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.ArrayDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Labelled sentences of a tab-separated file with a column "label" and one whose name begins with
 * "text"; words are told apart by a hash alone.
 *
 * @param words the hashes of each sentence's words
 * @param labels each sentence's class
 * @param classes how many classes there are
 */
record HashedTexts(List<int[]> words, List<Integer> labels, int classes) {
    /** How many different words there can be. */
    static final int VOCABULARY = 512;

    /** How many words of a sentence a sequence holds. */
    static final int LENGTH = 16;

    static HashedTexts read(Path file, int rows) throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        List<String> head = List.of(lines.remove(0).split("\t", -1));
        int label = head.indexOf("label");
        int text = 0;
        while (text < head.size() && !head.get(text).startsWith("text")) {
            text++;
        }
        if (label < 0 || text == head.size()) {
            throw new IllegalArgumentException(
                    file + ": expected columns label and text, found " + head);
        }
        Collections.shuffle(lines, new Random(1));
        List<int[]> words = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (String line : lines.subList(0, Math.min(rows, lines.size()))) {
            String[] cells = line.split("\t", -1);
            names.add(cells[label]);
            words.add(hashes(cells[text]));
        }
        List<String> classes = names.stream().distinct().sorted().toList();
        List<Integer> targets = names.stream().map(classes::indexOf).toList();
        return new HashedTexts(words, targets, classes.size());
    }

    private static int[] hashes(String text) {
        return List.of(text.toLowerCase(Locale.ROOT).strip().split("\\s+")).stream()
                .mapToInt(word -> Math.floorMod(word.hashCode() * 0x9E3779B1, VOCABULARY))
                .toArray();
    }

    HashedTexts part(int from, int to) {
        return new HashedTexts(words.subList(from, to), labels.subList(from, to), classes);
    }

    int size() {
        return words.size();
    }

    /** How often each word occurs, [N, VOCABULARY]. */
    NDArray counts(NDManager manager) {
        float[] values = new float[size() * VOCABULARY];
        for (int i = 0; i < size(); i++) {
            for (int word : words.get(i)) {
                values[i * VOCABULARY + word]++;
            }
        }
        return manager.create(values, new Shape(size(), VOCABULARY));
    }

    /** The words in order, each as a one among zeros, [N, LENGTH, VOCABULARY]. */
    NDArray sequences(NDManager manager) {
        float[] values = new float[size() * LENGTH * VOCABULARY];
        for (int i = 0; i < size(); i++) {
            int[] row = words.get(i);
            for (int t = 0; t < Math.min(row.length, LENGTH); t++) {
                values[(i * LENGTH + t) * VOCABULARY + row[t]] = 1;
            }
        }
        return manager.create(values, new Shape(size(), LENGTH, VOCABULARY));
    }

    NDArray targets(NDManager manager) {
        return manager.create(labels.stream().mapToLong(Integer::longValue).toArray());
    }

    static ArrayDataset dataset(NDArray x, NDArray y) {
        return new ArrayDataset.Builder().setData(x).optLabels(y).setSampling(32, true).build();
    }
}
