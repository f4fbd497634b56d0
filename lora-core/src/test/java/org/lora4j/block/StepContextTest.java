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
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        float[] both = steps.attentionMask(manager, shape, 0.5, QUERY).toFloatArray();
        steps.rows(new long[] {2});
        float[] one =
                steps.attentionMask(manager, new Shape(1, 3, 4, 4), 0.5, QUERY).toFloatArray();
        float[] shorter =
                steps.attentionMask(manager, new Shape(1, 3, 2, 4), 0.5, QUERY).toFloatArray();
        assertThat(rows(both, 4, 12, 24)).containsExactly(one);
        assertThat(rows(shorter, 4, 2, 4)).containsExactly(rows(one, 4, 4, 6));
        assertThat(rows(both, 16, 0, 1)).isNotEqualTo(rows(both, 16, 1, 2));
        assertThat(rows(both, 48, 0, 1)).isNotEqualTo(rows(both, 48, 1, 2));
    }

    @Test
    void attentionMasksOfAPartOfTheBatchAreThoseOfTheWhole() {
        steps.begin(9, 4);
        steps.rows(new long[] {5, 2, 8}, new int[] {4, 3, 2});
        float[] all =
                steps.attentionMask(manager, new Shape(3, 2, 4, 4), 0.5, QUERY).toFloatArray();
        float[] two =
                steps.attentionMask(manager, new Shape(2, 2, 4, 4), 0.5, QUERY, 0, 3)
                        .toFloatArray();
        float[] last =
                steps.attentionMask(manager, new Shape(1, 2, 2, 2), 0.5, QUERY, 2, 3)
                        .toFloatArray();
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
    void masksOfOneStepDoNotOverlapAndTheNextStepUsesTheMemoryAgain() {
        List<NDArray> masks = new ArrayList<>();
        List<float[]> before = new ArrayList<>();
        steps.begin(1, 1);
        for (int i = 0; i < 30; i++) {
            NDArray x = manager.zeros(new Shape(1 + 700 * (i % 4), 1 + 97 * (i % 5)));
            masks.add(steps.mask(x, 0.5, i));
            before.add(masks.get(i).toFloatArray());
        }
        for (int i = 0; i < 30; i++) {
            assertThat(masks.get(i).toFloatArray()).isEqualTo(before.get(i));
        }
        steps.begin(1, 2);
        NDArray next = steps.mask(manager.zeros(new Shape(1, 1)), 0.5, QUERY);
        next.addi(41);
        assertThat(masks.get(0).toFloatArray()).isEqualTo(next.toFloatArray());
        steps.end();
    }

    @Test
    void anArenaStaysAsLargeAsItsLargestStepWhateverTheSizes() {
        MaskArena arena = new MaskArena();
        int[] sizes = {4_400_040, 100, 4_194_304, 4_194_300, 9_000_004, 64, 1, 0};
        long largest = 0;
        for (int step = 0; step < 200; step++) {
            arena.reset();
            List<ByteBuffer> taken = new ArrayList<>();
            for (int i = 0; i < sizes.length; i++) {
                ByteBuffer memory = arena.take(sizes[(i + (step % 3)) % sizes.length]);
                if (memory.hasRemaining()) {
                    memory.put(0, (byte) i);
                    memory.put(memory.limit() - 1, (byte) i);
                }
                taken.add(memory);
            }
            for (int i = 0; i < taken.size(); i++) {
                ByteBuffer memory = taken.get(i);
                assertThat(memory.remaining()).isEqualTo(sizes[(i + (step % 3)) % sizes.length]);
                assertThat(memory.order()).isEqualTo(java.nio.ByteOrder.nativeOrder());
                if (memory.hasRemaining()) {
                    assertThat(memory.get(0)).isEqualTo((byte) i);
                    assertThat(memory.get(memory.limit() - 1)).isEqualTo((byte) i);
                    assertThat(memory.alignmentOffset(0, 64)).isZero();
                }
            }
            if (step == 20) {
                largest = arena.capacity();
            } else if (step > 20) {
                assertThat(arena.capacity()).isEqualTo(largest);
            }
        }
        assertThat(largest).isBetween(22_000_000L, 50_000_000L);
        arena.free();
        assertThat(arena.capacity()).isZero();
        assertThat(arena.take(8).remaining()).isEqualTo(8);
    }

    @Test
    void withoutATrainerMasksAreCountedByCallAndRepeat() {
        StepContext again = new StepContext(3);
        NDArray x = manager.zeros(new Shape(4, 50));
        float[] first = steps.mask(x, 0.5, QUERY).toFloatArray();
        float[] second = steps.mask(x, 0.5, QUERY).toFloatArray();
        assertThat(first).isNotEqualTo(second);
        assertThat(again.mask(x, 0.5, QUERY).toFloatArray()).containsExactly(first);
        assertThat(again.mask(x, 0.5, QUERY).toFloatArray()).containsExactly(second);
        assertThat(new StepContext(4).mask(x, 0.5, QUERY).toFloatArray()).isNotEqualTo(first);
        steps.begin(1, 1);
        steps.rows(new long[] {9, 8, 7, 6});
        steps.end();
        NDArray third = steps.mask(x, 0.5, QUERY);
        assertThat(again.mask(x, 0.5, QUERY).toFloatArray()).containsExactly(third.toFloatArray());
    }

    @Test
    void aMaskCountedByCallHasItsOwnMemory() {
        NDArray x = manager.zeros(new Shape(4, 50));
        NDArray first = steps.mask(x, 0.5, QUERY);
        float[] before = first.toFloatArray();
        steps.mask(x, 0.5, VALUE);
        assertThat(first.toFloatArray()).containsExactly(before);
        assertThat(first.getManager()).isSameAs(manager);
        assertThat(manager.getManagedArrays()).hasSize(3);
    }

    @Test
    void masksHaveAnyShapeButFitInAnArray() {
        steps.begin(1, 1);
        assertThat(mask(QUERY, 0.5, 6)).hasSize(6);
        assertThat(mask(QUERY, 0.5, 0, 6)).isEmpty();
        assertThat(mask(QUERY, 0.5, 2, 0)).isEmpty();
        NDArray x = manager.zeros(new Shape(2, 3, 4));
        NDArray mask = steps.mask(x, 0.5, QUERY);
        assertThat(mask.getShape()).isEqualTo(x.getShape());
        assertThat(mask.getDataType()).isEqualTo(DataType.FLOAT32);
        assertThatThrownBy(
                        () ->
                                steps.attentionMask(
                                        manager, new Shape(32, 32, 1024, 1024), 0.1, QUERY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("takes 2 GiB or more; use a smaller batch");
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

    private float[] mask(long pathKey, double p, long... shape) {
        return steps.mask(manager.zeros(new Shape(shape)), p, pathKey).toFloatArray();
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
