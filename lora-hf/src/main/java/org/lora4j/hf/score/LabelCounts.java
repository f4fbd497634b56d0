/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.score;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.train.metric.Predictions;

/**
 * How right the labels of texts are that have any number of them; a label is predicted where its
 * logit is above 0, its probability above a half. The scores are scikit-learn's: f1_micro, f1_macro
 * over all labels with zero_division=0, and accuracy, the share of texts all of whose labels are
 * right.
 */
final class LabelCounts {
    private static final String TEXTS = "texts";
    private static final String EXACT = "exact";

    private LabelCounts() {}

    static Predictions of(float[] values, float[] targets, int classes) {
        Map<String, Double> sums = new LinkedHashMap<>();
        double exact = 0;
        double[][] counts = new double[3][classes];
        for (int from = 0; from < values.length; from += classes) {
            boolean all = true;
            for (int c = 0; c < classes; c++) {
                boolean predicted = values[from + c] > 0;
                boolean truth = targets[from + c] > 0.5;
                counts[0][c] += predicted && truth ? 1 : 0;
                counts[1][c] += predicted ? 1 : 0;
                counts[2][c] += truth ? 1 : 0;
                all &= predicted == truth;
            }
            exact += all ? 1 : 0;
        }
        sums.put(TEXTS, (double) values.length / classes);
        sums.put(EXACT, exact);
        for (int c = 0; c < classes; c++) {
            for (int i = 0; i < counts.length; i++) {
                sums.put(i + " " + c, counts[i][c]);
            }
        }
        return Predictions.sums(sums, all -> scores(all, classes));
    }

    private static Map<String, Double> scores(Map<String, Double> sums, int classes) {
        double[] all = new double[3];
        double macro = 0;
        for (int c = 0; c < classes; c++) {
            double[] own = new double[3];
            for (int i = 0; i < own.length; i++) {
                own[i] = sums.getOrDefault(i + " " + c, 0.0);
                all[i] += own[i];
            }
            macro += f1(own) / classes;
        }
        Map<String, Double> scores = new LinkedHashMap<>();
        scores.put("accuracy", sums.getOrDefault(EXACT, 0.0) / sums.getOrDefault(TEXTS, 0.0));
        scores.put("f1_micro", f1(all));
        scores.put("f1_macro", macro);
        return scores;
    }

    private static double f1(double[] counts) {
        double all = counts[1] + counts[2];
        return all == 0 ? 0 : 2 * counts[0] / all;
    }
}
