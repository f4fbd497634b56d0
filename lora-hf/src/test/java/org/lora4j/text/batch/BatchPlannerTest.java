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
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

final class BatchPlannerTest {
    /** Lengths as in SST-2: 13 tokens on average, a long tail. */
    private static int[] sentenceLengths(int count) {
        SplittableRandom random = new SplittableRandom(5);
        int[] lengths = new int[count];
        Arrays.setAll(lengths, i -> 3 + (int) (-10 * Math.log(1 - random.nextDouble())));
        return lengths;
    }

    private static int[] sorted(int[][] batches) {
        return Arrays.stream(batches).flatMapToInt(Arrays::stream).sorted().toArray();
    }

    private static int[] zeroTo(int size) {
        int[] all = new int[size];
        Arrays.setAll(all, i -> i);
        return all;
    }

    @Property(tries = 300)
    void everyExampleComesOnceAndOnlyTheLastBatchIsShort(
            @ForAll @Size(min = 1, max = 400) int @IntRange(max = 60) [] lengths,
            @ForAll @IntRange(min = 1, max = 50) int batchSize,
            @ForAll long seed,
            @ForAll boolean bucketing,
            @ForAll @IntRange(max = 5) int epoch) {
        BatchPlanner planner = new BatchPlanner(lengths, batchSize, seed, bucketing);
        int[][] batches = planner.epoch(epoch);
        assertThat(batches).hasNumberOfRows(planner.batchesPerEpoch());
        assertThat(sorted(batches)).isEqualTo(zeroTo(lengths.length));
        for (int i = 0; i < batches.length - 1; i++) {
            assertThat(batches[i]).hasSize(batchSize);
        }
        assertThat(batches[batches.length - 1].length).isBetween(1, batchSize);
        assertThat(planner.epoch(epoch)).isDeepEqualTo(batches);
    }

    @Property(tries = 200)
    void evaluationHoldsEveryExampleOnceLongestFirst(
            @ForAll @Size(max = 200) int @IntRange(max = 60) [] lengths,
            @ForAll @IntRange(min = 1, max = 50) int batchSize) {
        int[][] batches = BatchPlanner.evaluation(lengths, batchSize);
        assertThat(sorted(batches)).isEqualTo(zeroTo(lengths.length));
        int[] inOrder =
                Arrays.stream(batches).flatMapToInt(Arrays::stream).map(i -> -lengths[i]).toArray();
        assertThat(inOrder).isSorted();
    }

    @Example
    void epochsAndSeedsGiveOtherOrders() {
        int[] lengths = sentenceLengths(500);
        for (boolean bucketing : new boolean[] {false, true}) {
            BatchPlanner planner = new BatchPlanner(lengths, 8, 1, bucketing);
            assertThat(planner.epoch(0)[0]).isNotEqualTo(planner.epoch(1)[0]);
            assertThat(planner.epoch(0)[0])
                    .isNotEqualTo(new BatchPlanner(lengths, 8, 2, bucketing).epoch(0)[0]);
        }
    }

    @Example
    void bucketsWasteLittleAndKeepShortAndLongBatchesMixed() {
        int[] lengths = sentenceLengths(20_000);
        BatchPlanner plain = new BatchPlanner(lengths, 32, 0, false);
        BatchPlanner buckets = new BatchPlanner(lengths, 32, 0, true);
        assertThat(plain.paddingFraction(plain.epoch(0))).isGreaterThan(0.5);
        assertThat(buckets.paddingFraction(buckets.epoch(0))).isLessThan(0.3);
        double[] halves = new double[2];
        int[][] batches = buckets.epoch(0);
        for (int i = 0; i < batches.length; i++) {
            int half = i < batches.length / 2 ? 0 : 1;
            halves[half] +=
                    Arrays.stream(batches[i]).mapToDouble(e -> lengths[e]).average().orElseThrow();
        }
        assertThat(halves[0] / halves[1]).isBetween(0.85, 1.15);
    }

    @Example
    void neighboursInABucketChangeFromEpochToEpoch() {
        int[] lengths = sentenceLengths(20_000);
        BatchPlanner planner = new BatchPlanner(lengths, 32, 0, true);
        int[] batch = planner.epoch(0)[3];
        int most = 0;
        for (int[] other : planner.epoch(1)) {
            int[] shared =
                    Arrays.stream(other)
                            .filter(i -> Arrays.stream(batch).anyMatch(j -> j == i))
                            .toArray();
            most = Math.max(most, shared.length);
        }
        assertThat(most).isLessThan(8);
    }

    @Example
    void paddingFractionCountsPaddedPositions() {
        BatchPlanner planner = new BatchPlanner(new int[] {2, 4, 3}, 2, 0, false);
        assertThat(planner.paddingFraction(new int[][] {{0, 1}, {2}})).isEqualTo(1 - 9.0 / 11);
    }

    @Example
    void theGeneratorIsSplitMix64() {
        SplittableRandom control = new SplittableRandom(42);
        CounterShuffle mine = CounterShuffle.ofKey(42);
        for (int i = 0; i < 1000; i++) {
            assertThat(mine.nextLong()).isEqualTo(control.nextLong());
        }
    }

    @Example
    void everyPermutationOfFourIsEquallyLikely() {
        int[] counts = new int[256];
        int draws = 24_000;
        for (int i = 0; i < draws; i++) {
            int[] p = CounterShuffle.of(7, i, 1).permutation(4);
            counts[p[0] * 64 + p[1] * 16 + p[2] * 4 + p[3]]++;
        }
        int[] seen = Arrays.stream(counts).filter(c -> c > 0).toArray();
        assertThat(seen).hasSize(24);
        double chiSquare =
                Arrays.stream(seen).mapToDouble(c -> (c - 1000.0) * (c - 1000.0) / 1000).sum();
        assertThat(chiSquare).as("23 degrees of freedom, 0.1 %% critical value").isLessThan(49.7);
    }

    /** The orders come from the same rules written in Python. */
    @Example
    void anOrderIsTheSameOnEveryMachine() {
        int[][] plan = new BatchPlanner(new int[] {5, 1, 4, 2, 3, 9, 7}, 3, 2026, false).epoch(1);
        int[][] buckets = new BatchPlanner(new int[] {5, 1, 4, 2, 3, 9, 7}, 3, 2026, true).epoch(1);
        assertThat(plan).isDeepEqualTo(new int[][] {{0, 1, 5}, {2, 6, 4}, {3}});
        assertThat(buckets).isDeepEqualTo(new int[][] {{0, 6, 5}, {1, 4, 2}, {3}});
    }

    @Example
    void wrongArgumentsAreNamed() {
        assertThatThrownBy(() -> new BatchPlanner(new int[0], 3, 0, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no examples");
        assertThatThrownBy(() -> new BatchPlanner(new int[3], 0, 0, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("batch size 0");
        assertThatThrownBy(() -> new BatchPlanner(new int[3], 1, 0, true).epoch(-1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> BatchPlanner.evaluation(new int[3], -1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
