/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Operations on sequences against loops over their definitions, in double precision. */
final class SequencesTest {
    private static final double P = 0.3;
    private static final int HEADS = 6;
    private static final int GROUPS = 2;
    private static final int SIZE = 4;

    /** Enough short sequences to be padded together. */
    private static final int[] MANY = {7, 5, 9, 6, 8, 4, 9, 5, 7, 3};

    private static float[] random(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Row by row, head by head. */
    private static double[] attention(
            float[] q, float[] k, float[] v, int[] lengths, AttentionShape shape, Drop drop) {
        double[] out = new double[q.length];
        int first = 0;
        for (int s = 0; s < lengths.length; s++) {
            int length = lengths[s];
            for (int i = 0; i < length; i++) {
                int from = shape.window() == 0 ? 0 : Math.max(0, i - shape.window() + 1);
                for (int head = 0; head < HEADS; head++) {
                    row(q, k, v, out, first, i, from, head, shape, drop, s);
                }
            }
            first += length;
        }
        return out;
    }

    private static void row(
            float[] q,
            float[] k,
            float[] v,
            double[] out,
            int first,
            int i,
            int from,
            int head,
            AttentionShape shape,
            Drop drop,
            int sequence) {
        int group = head / (HEADS / GROUPS);
        double[] weights = new double[i + 1];
        double sum = 0;
        for (int j = from; j <= i; j++) {
            double score = 0;
            for (int c = 0; c < SIZE; c++) {
                score +=
                        q[((first + i) * HEADS + head) * SIZE + c]
                                * (double) k[((first + j) * GROUPS + group) * SIZE + c];
            }
            score *= shape.scale();
            if (shape.softCap() > 0) {
                score = shape.softCap() * Math.tanh(score / shape.softCap());
            }
            weights[j] = Math.exp(score);
            sum += weights[j];
        }
        for (int j = from; j <= i; j++) {
            for (int c = 0; c < SIZE; c++) {
                out[((first + i) * HEADS + head) * SIZE + c] +=
                        weights[j]
                                / sum
                                * drop.at(sequence, head, i, j)
                                * v[((first + j) * GROUPS + group) * SIZE + c];
            }
        }
    }

    /** What a probability is multiplied with. */
    private interface Drop {
        Drop NONE = (sequence, head, query, key) -> 1;

        float at(int sequence, int head, int query, int key);
    }

    private static double farthest(int[] lengths, AttentionShape shape, AttentionShape expected) {
        return farthest(lengths, shape, expected, null, Drop.NONE);
    }

    private static double farthest(
            int[] lengths,
            AttentionShape shape,
            AttentionShape expected,
            float @Nullable [] mask,
            Drop drop) {
        int rows = Arrays.stream(lengths).sum();
        float[] q = random(rows * HEADS * SIZE, 1);
        float[] k = random(rows * GROUPS * SIZE, 2);
        float[] v = random(rows * GROUPS * SIZE, 3);
        try (NDManager manager = NDManager.newBaseManager("PyTorch");
                GradMode off = GradMode.off()) {
            NDArray query = manager.create(q, new Shape(rows, HEADS * SIZE));
            NDArray key = manager.create(k, new Shape(rows, GROUPS * SIZE));
            NDArray value = manager.create(v, new Shape(rows, GROUPS * SIZE));
            NDArray sizes = manager.create(Arrays.stream(lengths).asLongStream().toArray());
            NDArray found =
                    mask == null
                            ? Sequences.causalAttention(query, key, value, sizes, shape)
                            : Sequences.causalAttention(
                                    query,
                                    key,
                                    value,
                                    sizes,
                                    shape,
                                    manager.create(kept(mask, lengths)),
                                    P);
            double[] wanted = attention(q, k, v, lengths, expected, drop);
            float[] values = found.toFloatArray();
            double most = 0;
            for (int i = 0; i < wanted.length; i++) {
                most = Math.max(most, Math.abs(values[i] - wanted[i]));
            }
            return most;
        }
    }

    /** The corners of [S, heads, L, L] that the sequences fill, one after another. */
    private static boolean[] kept(float[] mask, int[] lengths) {
        int longest = Arrays.stream(lengths).max().orElseThrow();
        int size = Arrays.stream(lengths).map(length -> HEADS * length * length).sum();
        boolean[] kept = new boolean[size];
        int at = 0;
        for (int s = 0; s < lengths.length; s++) {
            for (int row = 0; row < HEADS * lengths[s]; row++) {
                int head = row / lengths[s];
                int query = row % lengths[s];
                for (int key = 0; key < lengths[s]; key++) {
                    int from = ((s * HEADS + head) * longest + query) * longest;
                    kept[at++] = mask[from + key] != 0;
                }
            }
        }
        return kept;
    }

    @Test
    void attentionIsItsDefinitionForEverySetOfLengths() {
        int[][] sets = {{5}, {4, 4, 4}, {7, 1, 3, 9}, {2, 3}, {1, 1}, MANY};
        for (int[] lengths : sets) {
            for (int window : new int[] {0, 1, 3, 20}) {
                for (double cap : new double[] {0, 1.5}) {
                    AttentionShape shape = new AttentionShape(HEADS, GROUPS, 0.7, window, cap);
                    assertThat(farthest(lengths, shape, shape))
                            .as("lengths %s, %s", Arrays.toString(lengths), shape)
                            .isLessThan(1e-5);
                }
            }
        }
    }

    /** The gradients of q, k and v, row by row, for random ones of the output. */
    private static float[] gradients(int first, int count) {
        int rows = Arrays.stream(MANY).sum();
        int skip = Arrays.stream(MANY, 0, first).sum();
        int[] lengths = Arrays.copyOfRange(MANY, first, first + count);
        int taken = Arrays.stream(lengths).sum();
        try (NDManager manager = NDManager.newBaseManager("PyTorch");
                GradMode on = GradMode.on()) {
            NDArray[] inputs = new NDArray[3];
            for (int i = 0; i < 3; i++) {
                int width = (i == 0 ? HEADS : GROUPS) * SIZE;
                NDArray all = manager.create(random(rows * width, i + 1), new Shape(rows, width));
                inputs[i] = all.get(skip + ":" + (skip + taken)).duplicate();
                inputs[i].setRequiresGradient(true);
            }
            NDArray weights = manager.create(random(rows * HEADS * SIZE, 9));
            NDArray weight = weights.reshape(rows, HEADS * SIZE).get(skip + ":" + (skip + taken));
            NDArray out =
                    Sequences.causalAttention(
                            inputs[0],
                            inputs[1],
                            inputs[2],
                            manager.create(Arrays.stream(lengths).asLongStream().toArray()),
                            new AttentionShape(HEADS, GROUPS, 0.7, 0, 0));
            NDList found = Autograd.pullback(out, weight, List.of(inputs));
            float[] joined = new float[taken * (HEADS + 2 * GROUPS) * SIZE];
            int at = 0;
            for (int row = 0; row < taken; row++) {
                for (NDArray input : found) {
                    float[] part = input.get(row).toFloatArray();
                    System.arraycopy(part, 0, joined, at, part.length);
                    at += part.length;
                }
            }
            return joined;
        }
    }

    @Test
    void manyShortSequencesGiveTheGradientsOfEachAlone() {
        float[] together = gradients(0, MANY.length);
        int at = 0;
        for (int i = 0; i < MANY.length; i++) {
            float[] alone = gradients(i, 1);
            for (float value : alone) {
                assertThat(together[at++]).isCloseTo(value, within(2e-6f));
            }
        }
        assertThat(at).isEqualTo(together.length);
    }

    @Test
    void probabilitiesAreDroppedAfterTheSoftmax() {
        int[][] sets = {{5}, {4, 4, 4}, {7, 1, 3, 9}};
        for (int[] lengths : sets) {
            int longest = Arrays.stream(lengths).max().orElseThrow();
            float[] mask = random(lengths.length * HEADS * longest * longest, 4);
            for (int i = 0; i < mask.length; i++) {
                mask[i] = mask[i] < -0.5 ? 0 : (float) (1 / (1 - P));
            }
            Drop drop = (s, h, i, j) -> mask[((s * HEADS + h) * longest + i) * longest + j];
            for (int window : new int[] {0, 3}) {
                for (double cap : new double[] {0, 1.5}) {
                    AttentionShape shape = new AttentionShape(HEADS, GROUPS, 0.7, window, cap);
                    assertThat(farthest(lengths, shape, shape, mask, drop))
                            .as("lengths %s, %s", Arrays.toString(lengths), shape)
                            .isLessThan(1e-5);
                    assertThat(farthest(lengths, shape, shape, mask, Drop.NONE))
                            .isGreaterThan(1e-1);
                }
            }
        }
    }

    @Test
    void anotherWindowCapOrScaleIsNoticed() {
        int[] lengths = {7, 1, 3, 9};
        AttentionShape shape = new AttentionShape(HEADS, GROUPS, 0.7, 3, 1.5);
        assertThat(farthest(lengths, shape, new AttentionShape(HEADS, GROUPS, 0.7, 4, 1.5)))
                .isGreaterThan(1e-2);
        assertThat(farthest(lengths, shape, new AttentionShape(HEADS, GROUPS, 0.7, 3, 0)))
                .isGreaterThan(1e-2);
        assertThat(farthest(lengths, shape, new AttentionShape(HEADS, GROUPS, 0.6, 3, 1.5)))
                .isGreaterThan(1e-3);
    }

    @Test
    void onlyTheFirstChannelsOfAHeadTurn() {
        try (NDManager manager = NDManager.newBaseManager("PyTorch");
                GradMode off = GradMode.off()) {
            // one token, two heads of six channels, of which four turn: pairs (0, 2) and (1, 3)
            NDArray x = manager.create(random(12, 5), new Shape(1, 12));
            float[] cos = {0.6f, 0.8f, 0.6f, 0.8f};
            float[] sin = {0.8f, -0.6f, 0.8f, -0.6f};
            float[] found =
                    Sequences.rotary(
                                    x,
                                    manager.create(cos, new Shape(1, 4)),
                                    manager.create(sin, new Shape(1, 4)),
                                    2)
                            .toFloatArray();
            float[] in = x.toFloatArray();
            for (int head = 0; head < 12; head += 6) {
                for (int i = 0; i < 2; i++) {
                    float a = in[head + i];
                    float b = in[head + i + 2];
                    assertThat(found[head + i]).isCloseTo(a * cos[i] - b * sin[i], within(1e-6f));
                    assertThat(found[head + i + 2])
                            .isCloseTo(b * cos[i] + a * sin[i], within(1e-6f));
                }
                assertThat(found[head + 4]).isEqualTo(in[head + 4]);
                assertThat(found[head + 5]).isEqualTo(in[head + 5]);
            }
        }
    }

    @Test
    void rowsAreTakenAndPutBack() {
        try (NDManager manager = NDManager.newBaseManager("PyTorch");
                GradMode off = GradMode.off()) {
            NDArray rows = manager.create(new float[] {1, 2, 3, 4}, new Shape(2, 2));
            NDArray places = manager.create(new long[] {3, 0});
            NDArray spread = Sequences.spread(rows, places, 4);
            assertThat(spread.toFloatArray()).containsExactly(3, 4, 0, 0, 0, 0, 1, 2);
            assertThat(Sequences.take(spread, places).toFloatArray()).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void shapesThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new AttentionShape(6, 4, 1, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected a multiple");
        assertThatThrownBy(() -> new AttentionShape(6, 2, 0, 0, 0))
                .hasMessageContaining("scale above 0");
        assertThatThrownBy(() -> new AttentionShape(6, 2, 1, -1, 0))
                .hasMessageContaining("none below 0");
    }
}
