/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.random.MaskStaging;

final class StepContextTest {
    private static final long QUERY = StepContext.pathKey("query");
    private static final long VALUE = StepContext.pathKey("value");

    private final NDManager manager = NDManager.newBaseManager();
    private final StepContext steps = new StepContext(3);

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-4, 0.1, 0.5, 0.9, 0.999})
    void aMaskDropsWithProbabilityPAndKeepsTheMean(double p) {
        steps.begin(1, 1);
        float[] mask = mask(QUERY, p, 1000, 200);
        double n = mask.length;
        float kept = (float) (1 / (1 - p));
        long zeros = 0;
        long others = 0;
        for (float m : mask) {
            zeros += m == 0 ? 1 : 0;
            others += m == 0 || m == kept ? 0 : 1;
        }
        assertThat(others).isZero();
        assertThat(zeros / n).isCloseTo(p, within(4 * Math.sqrt(p * (1 - p) / n)));
    }

    @Test
    void rowsChannelsPathsAndStepsAreIndependent() {
        int rows = 300;
        int channels = 100;
        steps.begin(1, 1);
        float[] a = mask(QUERY, 0.5, rows, channels);
        float[] b = mask(VALUE, 0.5, rows, channels);
        steps.begin(1, 2);
        float[] next = mask(QUERY, 0.5, rows, channels);
        steps.begin(2, 1);
        float[] otherSeed = mask(QUERY, 0.5, rows, channels);
        double bound = 4 / Math.sqrt(rows * channels);
        assertThat(correlation(a, b, 0)).isCloseTo(0, within(bound));
        assertThat(correlation(a, next, 0)).isCloseTo(0, within(bound));
        assertThat(correlation(a, otherSeed, 0)).isCloseTo(0, within(bound));
        assertThat(correlation(a, a, 1)).isCloseTo(0, within(bound));
        assertThat(correlation(a, a, channels)).isCloseTo(0, within(bound));
        assertThat(correlation(a, a, 0)).isCloseTo(1, within(1e-9));
    }

    @Test
    void theSameStepSampleAndPositionHaveTheSameMaskInAnyBatch() {
        int c = 7;
        steps.begin(9, 4);
        steps.rows(new long[] {5, 2});
        float[] padded = mask(QUERY, 0.5, 2, 3, c); // sample 5 has 2 positions, sample 2 has 3
        steps.begin(9, 4);
        steps.rows(new long[] {2});
        float[] shorter = mask(QUERY, 0.5, 1, 2, c);
        steps.begin(9, 4);
        steps.rows(new long[] {5, 2}, new int[] {2, 3});
        float[] packed = mask(QUERY, 0.5, 5, c);
        float[] packedDeep = mask(QUERY, 0.5, 1, 5, c);
        steps.begin(9, 4);
        steps.rows(new long[] {2, 5});
        float[] flattened = mask(QUERY, 0.5, 2 * 3, c);
        assertThat(rows(padded, c, 3, 5)).containsExactly(shorter);
        assertThat(rows(packed, c, 0, 2)).containsExactly(rows(padded, c, 0, 2));
        assertThat(rows(packed, c, 2, 5)).containsExactly(rows(padded, c, 3, 6));
        assertThat(packedDeep).containsExactly(packed);
        assertThat(rows(flattened, c, 0, 3)).containsExactly(rows(padded, c, 3, 6));
        assertThat(rows(padded, c, 0, 1)).isNotEqualTo(rows(padded, c, 1, 2));
    }

    @Test
    void aPackedBatchReducedToOneRowForEachSampleIsCountedByIt() {
        steps.begin(9, 4);
        steps.rows(new long[] {5, 2}, new int[] {2, 3});
        float[] pooled = mask(QUERY, 0.5, 2, 40);
        steps.rows(new long[] {2, 5});
        float[] padded = mask(QUERY, 0.5, 2, 40);
        assertThat(rows(pooled, 40, 0, 1)).containsExactly(rows(padded, 40, 1, 2));
        assertThat(rows(pooled, 40, 1, 2)).containsExactly(rows(padded, 40, 0, 1));
    }

    @Test
    void rowsThatCannotBeToldApartCountAsRowsOfTheBatch() {
        steps.begin(9, 4);
        steps.rows(new long[] {70, 80});
        float[] odd = mask(QUERY, 0.5, 3, 40);
        steps.rows(new long[] {0, 1, 2});
        assertThat(odd).containsExactly(mask(QUERY, 0.5, 3, 40));
        assertThatThrownBy(() -> steps.rows(new long[] {1, 2}, new int[] {1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("of 2 samples has 1 lengths");
        assertThatThrownBy(() -> steps.rows(new long[] {1, 2}, new int[] {1, -1}))
                .hasMessageContaining("[1, -1]");
    }

    @Test
    void attentionMasksFollowSampleHeadAndQuery() {
        steps.begin(9, 4);
        steps.rows(new long[] {5, 2});
        Shape shape = new Shape(2, 3, 4, 4);
        float[] both = factors(steps.attentionMask(manager, shape, 0.5, QUERY), 0.5);
        steps.rows(new long[] {2});
        float[] one = factors(steps.attentionMask(manager, new Shape(1, 3, 4, 4), 0.5, QUERY), 0.5);
        float[] shorter =
                factors(steps.attentionMask(manager, new Shape(1, 3, 2, 4), 0.5, QUERY), 0.5);
        assertThat(rows(both, 4, 12, 24)).containsExactly(one);
        assertThat(rows(shorter, 4, 2, 4)).containsExactly(rows(one, 4, 4, 6));
        assertThat(rows(both, 16, 0, 1)).isNotEqualTo(rows(both, 16, 1, 2));
        assertThat(rows(both, 48, 0, 1)).isNotEqualTo(rows(both, 48, 1, 2));
    }

    @Test
    void attentionMasksOfAPartOfTheBatchAreThoseOfTheWhole() {
        steps.begin(9, 4);
        steps.rows(new long[] {5, 2, 8}, new int[] {4, 3, 2});
        float[] all = factors(steps.attentionMask(manager, new Shape(3, 2, 4, 4), 0.5, QUERY), 0.5);
        float[] two =
                factors(steps.attentionMask(manager, new Shape(2, 2, 4, 4), 0.5, QUERY, 0, 3), 0.5);
        float[] last =
                factors(steps.attentionMask(manager, new Shape(1, 2, 2, 2), 0.5, QUERY, 2, 3), 0.5);
        assertThat(two).containsExactly(rows(all, 4, 0, 16));
        for (int head = 0; head < 2; head++) {
            for (int query = 0; query < 2; query++) {
                int row = 16 + head * 4 + query;
                assertThat(rows(last, 2, head * 2 + query, head * 2 + query + 1))
                        .containsExactly(all[row * 4], all[row * 4 + 1]);
            }
        }
    }

    @Test
    void masksOfSequencesAreTheCornersOfThoseOfTheLongest() {
        steps.begin(9, 4);
        steps.rows(new long[] {5, 2, 8}, new int[] {4, 1, 3});
        float[] all = factors(steps.attentionMask(manager, new Shape(3, 2, 4, 4), 0.5, QUERY), 0.5);
        NDArray drawn = steps.attentionMasks(manager, new long[] {4, 1, 3}, 2, 0.5, QUERY);
        float[] each = factors(drawn, 0.5);
        assertThat(each).hasSize(2 * (16 + 1 + 9));
        int at = 0;
        int[] lengths = {4, 1, 3};
        for (int s = 0; s < 3; s++) {
            for (int head = 0; head < 2; head++) {
                for (int query = 0; query < lengths[s]; query++) {
                    for (int key = 0; key < lengths[s]; key++) {
                        assertThat(each[at++])
                                .isEqualTo(all[((s * 2 + head) * 4 + query) * 4 + key]);
                    }
                }
            }
        }
    }

    @Test
    void masksOfOneStepKeepTheirValues() {
        List<NDArray> masks = new ArrayList<>();
        List<boolean[]> before = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            steps.begin(1, i / 10);
            NDArray x = manager.zeros(new Shape(1 + 700 * (i % 4), 1 + 97 * (i % 5)));
            masks.add(steps.mask(x, 0.5, i));
            before.add(masks.get(i).toBooleanArray());
        }
        steps.end();
        for (int i = 0; i < 30; i++) {
            assertThat(masks.get(i).toBooleanArray()).isEqualTo(before.get(i));
        }
    }

    /** A mask that passes in pieces is the rows that are drawn alone. */
    @Test
    void aMaskLargerThanWhatPassesAtOnceIsItsRows() {
        steps.begin(1, 1);
        int channels = MaskStaging.BYTES / 2 + 101; // so that a piece ends within a row
        boolean[] whole =
                steps.mask(manager.zeros(new Shape(5, channels)), 0.5, QUERY).toBooleanArray();
        for (int row : new int[] {0, 3, 4}) {
            steps.tokens(new long[] {row}, new long[] {0});
            boolean[] alone =
                    steps.mask(manager.zeros(new Shape(1, channels)), 0.5, QUERY).toBooleanArray();
            assertThat(Arrays.copyOfRange(whole, row * channels, (row + 1) * channels))
                    .isEqualTo(alone);
        }
    }

    @Test
    void withoutATrainerMasksAreCountedByCallAndRepeat() {
        StepContext again = new StepContext(3);
        NDArray x = manager.zeros(new Shape(4, 50));
        boolean[] first = steps.mask(x, 0.5, QUERY).toBooleanArray();
        boolean[] second = steps.mask(x, 0.5, QUERY).toBooleanArray();
        assertThat(first).isNotEqualTo(second);
        assertThat(again.mask(x, 0.5, QUERY).toBooleanArray()).containsExactly(first);
        assertThat(again.mask(x, 0.5, QUERY).toBooleanArray()).containsExactly(second);
        assertThat(new StepContext(4).mask(x, 0.5, QUERY).toBooleanArray()).isNotEqualTo(first);
        steps.begin(1, 1);
        steps.rows(new long[] {9, 8, 7, 6});
        steps.end();
        NDArray third = steps.mask(x, 0.5, QUERY);
        assertThat(again.mask(x, 0.5, QUERY).toBooleanArray())
                .containsExactly(third.toBooleanArray());
    }

    @Test
    void aMaskCountedByCallHasItsOwnMemory() {
        NDArray x = manager.zeros(new Shape(4, 50));
        NDArray first = steps.mask(x, 0.5, QUERY);
        boolean[] before = first.toBooleanArray();
        steps.mask(x, 0.5, VALUE);
        assertThat(first.toBooleanArray()).containsExactly(before);
        assertThat(first.getManager()).isSameAs(manager);
        assertThat(manager.getManagedArrays()).hasSize(3);
    }

    @Test
    void masksTakeNoDirectMemoryOfJavaButTheirStaging() {
        steps.begin(1, 1);
        long before = direct();
        NDArray large = steps.attentionMask(manager, new Shape(2, 4, 2000, 2000), 0.1, QUERY);
        NDArray again = steps.attentionMask(manager, new Shape(2, 4, 2000, 2000), 0.1, QUERY);
        assertThat(direct() - before).isLessThanOrEqualTo(MaskStaging.BYTES + 4096);
        assertThat(large.toBooleanArray()).isEqualTo(again.toBooleanArray());
    }

    private static long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    @Test
    void masksHaveAnyShape() {
        steps.begin(1, 1);
        assertThat(mask(QUERY, 0.5, 6)).hasSize(6);
        assertThat(mask(QUERY, 0.5, 0, 6)).isEmpty();
        assertThat(mask(QUERY, 0.5, 2, 0)).isEmpty();
        NDArray x = manager.zeros(new Shape(2, 3, 4));
        NDArray mask = steps.mask(x, 0.5, QUERY);
        assertThat(mask.getShape()).isEqualTo(x.getShape());
        assertThat(mask.getDataType()).isEqualTo(DataType.BOOLEAN);
    }

    @Test
    void theMaskOfARowIsKnown() {
        steps.begin(1, 1);
        StringBuilder bits = new StringBuilder();
        for (float m : mask(QUERY, 0.5, 1, 48)) {
            bits.append(m == 0 ? '0' : '1');
        }
        assertThat(bits).hasToString("000011001001101100011001001110011110010011001010");
    }

    @Test
    void layersAreToldApartByTheirPaths() {
        assertThat(StepContext.pathKey("a.query")).isEqualTo(StepContext.pathKey("a.query"));
        assertThat(StepContext.pathKey("a.query"))
                .isNotEqualTo(StepContext.pathKey("b.query"))
                .isNotZero();
    }

    /** What an element is multiplied by: 0 or 1/(1-p). */
    static float[] factors(NDArray kept, double p) {
        boolean[] values = kept.toBooleanArray();
        float[] factors = new float[values.length];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = values[i] ? (float) (1 / (1 - p)) : 0;
        }
        return factors;
    }

    private float[] mask(long pathKey, double p, long... shape) {
        return factors(steps.mask(manager.zeros(new Shape(shape)), p, pathKey), p);
    }

    private static float[] rows(float[] mask, int channels, int from, int to) {
        return Arrays.copyOfRange(mask, from * channels, to * channels);
    }

    /** Of masks of 0 and 2, the second taken some elements later. */
    private static double correlation(float[] a, float[] b, int lag) {
        double sum = 0;
        int n = a.length - lag;
        for (int i = 0; i < n; i++) {
            sum += (a[i] - 1) * (b[i + lag] - 1);
        }
        return sum / n;
    }
}
