/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

final class PackingPlannerTest {
    private static final int ROW = 60;

    private static int[] sorted(int[][] batches) {
        return Arrays.stream(batches).flatMapToInt(Arrays::stream).sorted().toArray();
    }

    private static int[] zeroTo(int size) {
        int[] all = new int[size];
        Arrays.setAll(all, i -> i);
        return all;
    }

    private static long tokens(int[] batch, int[] lengths) {
        return Arrays.stream(batch).mapToLong(i -> lengths[i]).sum();
    }

    @Provide
    static Arbitrary<int[]> lengths() {
        return Arbitraries.integers()
                .between(1, ROW)
                .array(int[].class)
                .ofMinSize(1)
                .ofMaxSize(300);
    }

    /** Lengths as of instructions: log-normal, median 110, sigma 0.6, 16 to 512. */
    private static int[] instructionLengths(int count) {
        SplittableRandom random = new SplittableRandom(7);
        int[] lengths = new int[count];
        Arrays.setAll(
                lengths,
                i -> {
                    double normal =
                            Math.sqrt(-2 * Math.log(1 - random.nextDouble()))
                                    * Math.cos(2 * Math.PI * random.nextDouble());
                    return (int) Math.min(512, Math.max(16, 110 * Math.exp(0.6 * normal)));
                });
        return lengths;
    }

    @Property(tries = 300)
    void everySampleComesOnceAndNoBatchIsOverfull(
            @ForAll("lengths") int[] lengths,
            @ForAll @IntRange(min = 1, max = 9) int rows,
            @ForAll long seed,
            @ForAll @IntRange(max = 5) int epoch) {
        PackingPlanner planner = new PackingPlanner(lengths, ROW, rows, seed);
        int[][] batches = planner.epoch(epoch);
        assertThat(sorted(batches)).isEqualTo(zeroTo(lengths.length));
        for (int[] batch : batches) {
            assertThat(tokens(batch, lengths)).isLessThanOrEqualTo((long) rows * ROW);
        }
        // Of two rows of one window together more than one is full, or they would be one.
        long all = Arrays.stream(lengths).asLongStream().sum();
        long fewest = (all + (long) ROW * rows - 1) / ((long) ROW * rows);
        assertThat(batches.length).isBetween((int) fewest, (int) (2 * fewest + 2));
        assertThat(planner.epoch(epoch)).isDeepEqualTo(batches);
    }

    @Property(tries = 300)
    void inOrderKeepsTheOrder(
            @ForAll("lengths") int[] lengths, @ForAll @IntRange(min = 1, max = 9) int rows) {
        int[][] batches = PackingPlanner.inOrder(lengths, ROW, rows);
        int[] order = Arrays.stream(batches).flatMapToInt(Arrays::stream).toArray();
        assertThat(order).isEqualTo(zeroTo(lengths.length));
        for (int[] batch : batches) {
            assertThat(batch).isNotEmpty();
            assertThat(tokens(batch, lengths)).isLessThanOrEqualTo((long) rows * ROW);
        }
    }

    @Example
    void rowsAreNearlyFull() {
        int[] lengths = instructionLengths(5000);
        int[][] batches = new PackingPlanner(lengths, 512, 1, 3).epoch(0);
        long all = Arrays.stream(lengths).asLongStream().sum();
        assertThat((double) all / (512L * batches.length)).isGreaterThan(0.99);
    }

    @Example
    void orderAndCompanionsChangeWithEpochAndSeed() {
        int[] lengths = instructionLengths(500);
        int[][] first = new PackingPlanner(lengths, 512, 2, 3).epoch(0);
        assertThat(new PackingPlanner(lengths, 512, 2, 3).epoch(1)).isNotEqualTo(first);
        assertThat(new PackingPlanner(lengths, 512, 2, 4).epoch(0)).isNotEqualTo(first);
        assertThat(new PackingPlanner(lengths, 512, 2, 3).epoch(0)).isDeepEqualTo(first);
    }

    @Example
    void oddRequestsAreRefused() {
        int[] lengths = {5, 61};
        assertThatThrownBy(() -> new PackingPlanner(lengths, ROW, 1, 0))
                .hasMessage("a sample of 61 tokens does not fit into a row of 60; cut it first");
        assertThatThrownBy(() -> new PackingPlanner(new int[0], ROW, 1, 0))
                .hasMessageContaining("no samples");
        assertThatThrownBy(() -> PackingPlanner.inOrder(new int[] {3}, ROW, 0))
                .hasMessageContaining("batch size 0");
        assertThatThrownBy(() -> new PackingPlanner(new int[] {3}, ROW, 1, 0).epoch(-1))
                .hasMessageContaining("epoch -1");
    }
}
