/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

final class CounterRandomTest {
    private static final int COUNT = 20_000;

    /** Steele, Lea and Flood's generator from seed 0, as java.util.SplittableRandom computes it. */
    @Test
    void mixingIsSplitMix64s() {
        long golden = 0x9E3779B97F4A7C15L;
        assertThat(CounterRandom.mix(golden)).isEqualTo(0xE220A8397B1DCDAFL);
        assertThat(CounterRandom.mix(2 * golden)).isEqualTo(0x6E789E6AA1B965F4L);
        assertThat(CounterRandom.mix(3 * golden)).isEqualTo(0x06C45D188009454FL);
        assertThat(CounterRandom.mix(golden))
                .isEqualTo(new java.util.SplittableRandom(0).nextLong());
    }

    @Test
    void theAnswersAreKnown() {
        assertThat(CounterRandom.derive(1, 2)).isEqualTo(0x64684C4F0FD784B4L);
        assertThat(CounterRandom.derive(1, "query")).isEqualTo(0x8F08330AC623C522L);
        assertThat(CounterRandom.derive(1, "\u00e9")).isEqualTo(0xD0F38C313A21A266L);
        assertThat(CounterRandom.uniform(1, 2)).isEqualTo(0.39221646242353186);
        assertThat(CounterRandom.gaussian(1, 2)).isEqualTo(0.9596122466117734);
    }

    @Test
    void uniformNumbersAreUniform() {
        assertThat(distance(uniform(42), u -> u)).isLessThan(1.95 / Math.sqrt(COUNT));
        for (double u : uniform(43)) {
            assertThat(u).isStrictlyBetween(0.0, 1.0);
        }
    }

    @Test
    void gaussianNumbersAreGaussian() {
        double[] sample = new double[COUNT];
        for (int i = 0; i < COUNT; i++) {
            sample[i] = CounterRandom.gaussian(42, i);
        }
        assertThat(distance(sample, CounterRandomTest::normal)).isLessThan(1.95 / Math.sqrt(COUNT));
    }

    @Test
    void neighbouringCountersAndKeysAreNotCorrelated() {
        double[] a = uniform(42);
        double[] b = uniform(43);
        double lag = 0;
        double across = 0;
        for (int i = 1; i < COUNT; i++) {
            lag += 12 * (a[i] - 0.5) * (a[i - 1] - 0.5) / COUNT;
            across += 12 * (a[i] - 0.5) * (b[i] - 0.5) / COUNT;
        }
        assertThat(lag).isCloseTo(0, within(4 / Math.sqrt(COUNT)));
        assertThat(across).isCloseTo(0, within(4 / Math.sqrt(COUNT)));
    }

    @Test
    void keysOfNearNumbersAndNamesDiffer() {
        Set<Long> keys = new HashSet<>();
        for (long key = -50; key < 50; key++) {
            for (long value = -50; value < 50; value++) {
                keys.add(CounterRandom.derive(key, value));
            }
        }
        assertThat(keys).hasSize(10_000);
        assertThat(CounterRandom.derive(0, "ab")).isNotEqualTo(CounterRandom.derive(0, "ba"));
        assertThat(CounterRandom.derive(0, "")).isNotEqualTo(CounterRandom.derive(1, ""));
    }

    private static double[] uniform(long key) {
        double[] sample = new double[COUNT];
        for (int i = 0; i < COUNT; i++) {
            sample[i] = CounterRandom.uniform(key, i);
        }
        return sample;
    }

    /** Kolmogorov and Smirnov's distance; above 1.95 / sqrt(n) once in a thousand. */
    private static double distance(double[] sample, DoubleUnaryOperator expected) {
        double[] sorted = sample.clone();
        Arrays.sort(sorted);
        double most = 0;
        for (int i = 0; i < sorted.length; i++) {
            double cdf = expected.applyAsDouble(sorted[i]);
            most = Math.max(most, Math.abs(cdf - (i + 0.5) / sorted.length));
        }
        return most;
    }

    /** The normal distribution by Marsaglia's series (2004). */
    private static double normal(double x) {
        double sum = x;
        double term = x;
        for (int i = 3; i < 200; i += 2) {
            term *= x * x / i;
            sum += term;
        }
        return 0.5 + sum * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    }
}
