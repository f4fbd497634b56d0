/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.estimate;

import org.lora4j.hf.BatchPlan;

/**
 * The batches of a training, by their sizes.
 *
 * @param batches how many run through the model in the whole training
 * @param tokens the mean number of tokens in a batch
 * @param squares the mean over the batches of the sum of their sequences' squared lengths, in which
 *     attention is counted
 * @param mostTokens the tokens of the largest batch
 * @param mostSquares the largest such sum
 */
public record Workload(
        long batches, double tokens, double squares, long mostTokens, long mostSquares) {
    /** Checks that there are batches. */
    public Workload {
        if (batches < 1 || !(tokens > 0) || mostTokens < 1) {
            throw new IllegalArgumentException(
                    "%d batches of %s tokens; expected at least one of at least one"
                            .formatted(batches, tokens));
        }
    }

    /**
     * Returns batches of sequences that are all of one length.
     *
     * @param batches how many
     * @param sequences the sequences in a batch
     * @param length their tokens
     */
    public static Workload uniform(long batches, int sequences, int length) {
        long tokens = (long) sequences * length;
        long squares = tokens * length;
        return new Workload(batches, tokens, squares, tokens, squares);
    }

    /**
     * Measures the first epoch of a plan.
     *
     * @param batches how many batches run in the whole training
     * @param lengths the tokens of each example
     * @param plan which examples meet in a batch
     */
    public static Workload of(long batches, int[] lengths, BatchPlan plan) {
        double tokens = 0;
        double squares = 0;
        long mostTokens = 0;
        long mostSquares = 0;
        int[][] epoch = plan.epoch(0);
        for (int[] batch : epoch) {
            long sum = 0;
            long sumOfSquares = 0;
            for (int example : batch) {
                sum += lengths[example];
                sumOfSquares += (long) lengths[example] * lengths[example];
            }
            tokens += sum;
            squares += sumOfSquares;
            mostTokens = Math.max(mostTokens, sum);
            mostSquares = Math.max(mostSquares, sumOfSquares);
        }
        return new Workload(
                batches, tokens / epoch.length, squares / epoch.length, mostTokens, mostSquares);
    }
}
