/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How much of a text another one has, in its order: ROUGE-L of the Python package rouge_score
 * 0.1.2, without its stemmer. Words are runs of the letters a to z and digits of the text in lower
 * case; other letters divide words there, so texts in other scripts have none and score 0.
 */
public final class RougeL {
    private RougeL() {}

    /**
     * Returns the F-measure, 2 P R / (P + R), where P and R are the longest common subsequence's
     * share of the predicted and of the true words.
     *
     * @param truth the text that was wanted
     * @param predicted the text that was made
     * @return from 0 to 1; 0 where either has no words
     */
    public static double of(String truth, String predicted) {
        List<String> wanted = words(truth);
        List<String> made = words(predicted);
        int common = common(wanted, made);
        if (common == 0) {
            return 0;
        }
        double precision = (double) common / made.size();
        double recall = (double) common / wanted.size();
        return 2 * precision * recall / (precision + recall);
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^a-z0-9]+", -1))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** The length of the longest common subsequence. */
    private static int common(List<String> wanted, List<String> made) {
        int[] row = new int[made.size() + 1];
        for (String word : wanted) {
            int diagonal = 0;
            for (int i = 1; i <= made.size(); i++) {
                int above = row[i];
                row[i] = word.equals(made.get(i - 1)) ? diagonal + 1 : Math.max(above, row[i - 1]);
                diagonal = above;
            }
        }
        return row[made.size()];
    }
}
