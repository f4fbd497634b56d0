/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.preference;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.hf.loss.ChunkedLoss.Slopes;
import org.lora4j.hf.loss.LabelledRows;

/**
 * The log-probabilities of the completions of a batch's pairs, with the adapter and with the base,
 * and what follows from them.
 */
final class PairScores {
    private final PreferenceLoss loss;
    private final int[] textOfRow;
    private final double[] counts;
    private final double[] policy;
    private final double[] reference;

    /**
     * Sums the log-probabilities of each text's tokens.
     *
     * @param batch the pairs
     * @param rows its labelled rows
     * @param ofPolicy the log-probability of each row's label with the adapter
     * @param ofReference the same with the base
     */
    PairScores(PreferenceBatch batch, LabelledRows rows, double[] ofPolicy, double[] ofReference) {
        loss = batch.loss();
        textOfRow = rows.sequences();
        int texts = batch.packed().segments();
        counts = new double[texts];
        policy = new double[texts];
        reference = new double[texts];
        for (int row = 0; row < textOfRow.length; row++) {
            counts[textOfRow[row]]++;
            policy[textOfRow[row]] += ofPolicy[row];
            reference[textOfRow[row]] += ofReference[row];
        }
    }

    private int pairs() {
        return policy.length / 2;
    }

    private double weight(int text) {
        return loss.averages() ? 1 / Math.max(1, counts[text]) : 1;
    }

    private double score(int text) {
        return (policy[text] - reference[text]) * weight(text);
    }

    private double delta(int pair) {
        return score(pair) - score(pairs() + pair);
    }

    /** Returns the sum of the pairs' losses. */
    double lossSum() {
        double sum = 0;
        for (int pair = 0; pair < pairs(); pair++) {
            sum += loss.value(delta(pair));
        }
        return sum;
    }

    /** Returns the sum with its derivatives with respect to the adapter's log-probabilities. */
    Slopes slopes() {
        double[] slopes = new double[textOfRow.length];
        for (int row = 0; row < slopes.length; row++) {
            int text = textOfRow[row];
            boolean chosen = text < pairs();
            double slope = loss.slope(delta(chosen ? text : text - pairs())) * weight(text);
            slopes[row] = chosen ? slope : -slope;
        }
        return new Slopes(lossSum(), slopes);
    }

    /** Returns the sums over the pairs of what TRL logs, by its names. */
    Map<String, Double> sums() {
        double chosen = 0;
        double rejected = 0;
        double right = 0;
        double chosenLog = 0;
        double rejectedLog = 0;
        for (int pair = 0; pair < pairs(); pair++) {
            int other = pairs() + pair;
            double own = loss.beta() * (policy[pair] - reference[pair]);
            double others = loss.beta() * (policy[other] - reference[other]);
            chosen += own;
            rejected += others;
            right += own > others ? 1 : 0;
            chosenLog += policy[pair];
            rejectedLog += policy[other];
        }
        Map<String, Double> sums = new LinkedHashMap<>();
        sums.put("rewards/chosen", chosen);
        sums.put("rewards/rejected", rejected);
        sums.put("rewards/accuracies", right);
        sums.put("rewards/margins", chosen - rejected);
        sums.put("logps/chosen", chosenLog);
        sums.put("logps/rejected", rejectedLog);
        return sums;
    }
}
