/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.batch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which samples fill which row, and which rows form which batch: a function of the lengths, the
 * size of a row, the batch size, the seed and the epoch alone, the same on every JVM. Every sample
 * occurs once an epoch and is never divided. Immutable and safe for concurrent use.
 *
 * <p>An epoch is a random permutation, cut into windows that fill about {@value #WINDOW_BATCHES}
 * batches. The samples of a window, longest first, each go into the fullest row that has room for
 * them (best fit decreasing), or else into a new row. The rows of the epoch are shuffled and cut
 * into batches, of which the last may be short.
 */
public final class PackingPlanner {
    /** As for {@link BatchPlanner}: rows are full enough, and companions change every epoch. */
    static final int WINDOW_BATCHES = 100;

    private static final int ORDER = 3;
    private static final int ROWS = 4;

    private final int[] lengths;
    private final int rowTokens;
    private final int batchRows;
    private final long seed;

    /**
     * Makes a planner.
     *
     * @param lengths the tokens of each sample
     * @param rowTokens the most tokens of a row
     * @param batchRows rows a batch, at least 1
     * @param seed where the random order comes from
     * @throws IllegalArgumentException if there are no samples, one is longer than a row, or
     *     batchRows is less than 1
     */
    public PackingPlanner(int[] lengths, int rowTokens, int batchRows, long seed) {
        require(lengths, rowTokens, batchRows);
        this.lengths = lengths.clone();
        this.rowTokens = rowTokens;
        this.batchRows = batchRows;
        this.seed = seed;
    }

    /**
     * The batches of one epoch in the order of training.
     *
     * @param epoch the epoch, counted from 0
     * @return for each batch the positions of its samples, row by row
     * @throws IllegalArgumentException if epoch is negative
     */
    public int[][] epoch(int epoch) {
        if (epoch < 0) {
            throw new IllegalArgumentException("epoch " + epoch + "; expected 0 or more");
        }
        int[] order = CounterShuffle.of(seed, epoch, ORDER).permutation(lengths.length);
        long window = (long) WINDOW_BATCHES * batchRows * rowTokens;
        List<int[]> rows = new ArrayList<>();
        for (int from = 0; from < order.length; ) {
            int to = from;
            for (long tokens = 0; to < order.length && tokens < window; to++) {
                tokens += lengths[order[to]];
            }
            fill(Arrays.copyOfRange(order, from, to), rows);
            from = to;
        }
        int[][] shuffled = rows.toArray(int[][]::new);
        CounterShuffle.of(seed, epoch, ROWS).shuffle(shuffled);
        return batches(shuffled, batchRows);
    }

    /**
     * Batches that keep the samples' order, the same in every epoch: a row ends where the next
     * sample has no room in it.
     *
     * @param lengths the tokens of each sample
     * @param rowTokens the most tokens of a row
     * @param batchRows rows a batch, at least 1
     * @return for each batch the positions of its samples
     * @throws IllegalArgumentException if there are no samples, one is longer than a row, or
     *     batchRows is less than 1
     */
    public static int[][] inOrder(int[] lengths, int rowTokens, int batchRows) {
        require(lengths, rowTokens, batchRows);
        List<int[]> rows = new ArrayList<>();
        for (int from = 0; from < lengths.length; ) {
            int to = from;
            for (long tokens = lengths[to]; tokens <= rowTokens; tokens += lengths[to]) {
                if (++to == lengths.length) {
                    break;
                }
            }
            int[] row = new int[to - from];
            int first = from;
            Arrays.setAll(row, i -> first + i);
            rows.add(row);
            from = to;
        }
        return batches(rows.toArray(int[][]::new), batchRows);
    }

    private static void require(int[] lengths, int rowTokens, int batchRows) {
        if (lengths.length == 0) {
            throw new IllegalArgumentException("no samples to pack; expected at least one");
        }
        if (batchRows < 1) {
            throw new IllegalArgumentException("batch size " + batchRows + "; expected at least 1");
        }
        int longest = Arrays.stream(lengths).max().orElseThrow();
        if (longest > rowTokens) {
            throw new IllegalArgumentException(
                    "a sample of %s tokens does not fit into a row of %s; cut it first"
                            .formatted(longest, rowTokens));
        }
    }

    /** Best fit decreasing; equal lengths keep their random order. */
    private void fill(int[] window, List<int[]> rows) {
        long[] keys = new long[window.length];
        Arrays.setAll(keys, i -> (long) -lengths[window[i]] << 32 | i);
        Arrays.sort(keys);
        TreeMap<Integer, Deque<List<Integer>>> open = new TreeMap<>(); // by the room that is left
        List<List<Integer>> filled = new ArrayList<>();
        for (long key : keys) {
            int sample = window[(int) key];
            int length = lengths[sample];
            Map.Entry<Integer, Deque<List<Integer>>> fullest = open.ceilingEntry(length);
            List<Integer> row;
            int room;
            if (fullest == null) {
                row = new ArrayList<>();
                room = rowTokens;
                filled.add(row);
            } else {
                row = fullest.getValue().removeFirst();
                room = fullest.getKey();
                if (fullest.getValue().isEmpty()) {
                    open.remove(room);
                }
            }
            row.add(sample);
            open.computeIfAbsent(room - length, r -> new ArrayDeque<>()).addLast(row);
        }
        filled.forEach(row -> rows.add(row.stream().mapToInt(Integer::intValue).toArray()));
    }

    private static int[][] batches(int[][] rows, int batchRows) {
        int[][] batches = new int[(int) (((long) rows.length + batchRows - 1) / batchRows)][];
        for (int i = 0; i < batches.length; i++) {
            int to = (int) Math.min(rows.length, (i + 1L) * batchRows);
            batches[i] =
                    Arrays.stream(rows, i * batchRows, to).flatMapToInt(Arrays::stream).toArray();
        }
        return batches;
    }
}
