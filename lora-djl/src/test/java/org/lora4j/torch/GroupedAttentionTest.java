/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Texts of 4, 3 and 2 tokens: the first two in a group [2, 4], the third alone in [1, 2]. */
final class GroupedAttentionTest {
    private static final double P = 0.3;
    private static final int HEADS = 2;
    private static final int SIZE = 3;
    private static final int WIDTH = HEADS * SIZE;
    private static final int[] LENGTHS = {4, 3, 2};
    private static final int[] WIDTHS = {4, 4, 2};
    private static final long[] PLACE = {0, 1, 2, 3, 4, 5, 6, 8, 9};

    private final NDManager manager = NDManager.newBaseManager("PyTorch");

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void eachTextAttendsToItselfAlone() {
        float[] q = numbers(9 * WIDTH, 1);
        float[] k = numbers(9 * WIDTH, 2);
        float[] v = numbers(9 * WIDTH, 3);
        NDArray out =
                GroupedAttention.of(
                        rows(q), rows(k), rows(v), HEADS, manager.create(PLACE), masks());
        assertThat(out.getShape()).isEqualTo(new Shape(9, WIDTH));
        assertClose(out.toFloatArray(), control(q, k, v, false, null));
        float[] other = v.clone();
        other[8 * WIDTH] += 1; // the last token of the last text
        float[] changed =
                GroupedAttention.of(
                                rows(q),
                                rows(k),
                                rows(other),
                                HEADS,
                                manager.create(PLACE),
                                masks())
                        .toFloatArray();
        for (int i = 0; i < 9 * WIDTH; i++) {
            boolean reads = i >= 7 * WIDTH && i % WIDTH == 0;
            assertThat(changed[i] != out.toFloatArray()[i]).as("number %s", i).isEqualTo(reads);
        }
    }

    @Test
    void oneQueryOfEachTextIsEnough() {
        float[] q = numbers(3 * WIDTH, 1);
        float[] k = numbers(9 * WIDTH, 2);
        float[] v = numbers(9 * WIDTH, 3);
        float[][] drops = {drawn(2 * HEADS * 4, 7), drawn(HEADS * 2, 8)};
        NDArray place = manager.create(PLACE);
        NDArray plain = GroupedAttention.of(rows(q), rows(k), rows(v), HEADS, place, masks());
        assertClose(plain.toFloatArray(), control(q, k, v, true, null));
        NDList dropped =
                new NDList(
                        kept(drops[0], new Shape(2, HEADS, 1, 4)),
                        kept(drops[1], new Shape(1, HEADS, 1, 2)));
        NDArray out =
                GroupedAttention.of(rows(q), rows(k), rows(v), HEADS, place, masks(), dropped, P);
        assertThat(out.getShape()).isEqualTo(new Shape(3, WIDTH));
        assertClose(out.toFloatArray(), control(q, k, v, true, drops));
    }

    /** In 16 bits the lowest float32 is minus infinity, and a softmax of it alone is none. */
    @Test
    void aTextOfPaddingAloneWeighsAllItsPositionsAlike() {
        float[] v = numbers(2 * WIDTH, 3);
        NDList masks = new NDList();
        float[] hidden = {-Float.MAX_VALUE, -Float.MAX_VALUE};
        masks.add(manager.create(hidden, new Shape(1, 1, 1, 2)));
        NDArray place = manager.create(new long[] {0, 1});
        NDList ones = new NDList(manager.ones(new Shape(1, HEADS, 2, 2)));
        NDArray x = rows(numbers(2 * WIDTH, 1));
        for (NDArray like : List.of(x, Torch.toBfloat16(x))) {
            NDArray q = Torch.toTypeOf(x, like);
            NDArray value = Torch.toTypeOf(rows(v), like);
            for (NDArray out :
                    List.of(
                            GroupedAttention.of(q, q, value, HEADS, place, masks),
                            GroupedAttention.of(q, q, value, HEADS, place, masks, ones, 0))) {
                float[] found = Torch.toFloat32(out).toFloatArray();
                for (int i = 0; i < found.length; i++) {
                    float mean = (v[i % WIDTH] + v[WIDTH + i % WIDTH]) / 2;
                    assertThat(found[i]).isCloseTo(mean, within(0.02f));
                }
            }
        }
    }

    @Test
    void probabilitiesAreDroppedInEachGroup() {
        float[] q = numbers(9 * WIDTH, 1);
        float[] k = numbers(9 * WIDTH, 2);
        float[] v = numbers(9 * WIDTH, 3);
        float[][] drops = {drawn(2 * HEADS * 16, 7), drawn(HEADS * 4, 8)};
        float[] out = dropped(q, k, v, drops).toFloatArray();
        assertClose(out, control(q, k, v, false, drops));
    }

    @Test
    void gradientsAreThoseOfFiniteDifferences() {
        float[][] inputs = {
            numbers(9 * WIDTH, 1),
            numbers(9 * WIDTH, 2),
            numbers(9 * WIDTH, 3),
            numbers(9 * WIDTH, 4)
        };
        float[][] drops = {drawn(2 * HEADS * 16, 7), drawn(HEADS * 4, 8)};
        for (float[][] used : new float[][][] {null, drops}) {
            NDArray[] arrays = new NDArray[3];
            try (GradMode on = GradMode.on()) {
                for (int i = 0; i < 3; i++) {
                    arrays[i] = rows(inputs[i]);
                    arrays[i].setRequiresGradient(true);
                }
                NDArray place = manager.create(PLACE);
                NDArray out =
                        used == null
                                ? GroupedAttention.of(
                                        arrays[0], arrays[1], arrays[2], HEADS, place, masks())
                                : GroupedAttention.of(
                                        arrays[0],
                                        arrays[1],
                                        arrays[2],
                                        HEADS,
                                        place,
                                        masks(),
                                        drops(used),
                                        P);
                NDArray loss = Torch.multiply(out, rows(inputs[3])).sum();
                NDList found = Autograd.gradients(loss, List.of(arrays));
                for (int i = 0; i < 3; i++) {
                    assertClose(found.get(i).toFloatArray(), differences(inputs, i, used), 1e-4);
                }
            }
        }
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        NDArray x = rows(numbers(9 * WIDTH, 1));
        NDArray place = manager.create(new long[] {0, 1, 2});
        assertThatThrownBy(() -> GroupedAttention.of(x, x, x, HEADS, place, masks()))
                .isInstanceOf(EngineException.class);
    }

    private NDArray dropped(float[] q, float[] k, float[] v, float[][] drops) {
        return GroupedAttention.of(
                rows(q), rows(k), rows(v), HEADS, manager.create(PLACE), masks(), drops(drops), P);
    }

    private NDList drops(float[][] drops) {
        return new NDList(
                kept(drops[0], new Shape(2, HEADS, 4, 4)),
                kept(drops[1], new Shape(1, HEADS, 2, 2)));
    }

    /** Factors of 0 and 1/(1-p). */
    private static float[] drawn(int count, int seed) {
        float[] factors = numbers(count, seed);
        for (int i = 0; i < count; i++) {
            factors[i] = factors[i] < 0 ? 0 : (float) (1 / (1 - P));
        }
        return factors;
    }

    private NDArray kept(float[] factors, Shape shape) {
        boolean[] kept = new boolean[factors.length];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = factors[i] != 0;
        }
        return manager.create(kept, shape);
    }

    private NDArray rows(float[] values) {
        return manager.create(values, new Shape(values.length / WIDTH, WIDTH));
    }

    private NDList masks() {
        float low = -Float.MAX_VALUE;
        return new NDList(
                manager.create(new float[] {0, 0, 0, 0, 0, 0, 0, low}, new Shape(2, 1, 1, 4)),
                manager.create(new float[2], new Shape(1, 1, 1, 2)));
    }

    private static float[] numbers(int count, int seed) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = 1.5f * (float) Math.sin(31.0 * seed + 1.7 * i + 0.01 * i * i);
        }
        return numbers;
    }

    /** d(Σ out ∘ inputs[3]) / d(inputs[which]), by central differences in double precision. */
    private static double[] differences(float[][] inputs, int which, float[][] drops) {
        double[] gradient = new double[inputs[which].length];
        float step = 0x1p-9f;
        for (int i = 0; i < gradient.length; i++) {
            float before = inputs[which][i];
            double sum = 0;
            for (int sign = -1; sign <= 1; sign += 2) {
                inputs[which][i] = before + sign * step;
                double[] out = control(inputs[0], inputs[1], inputs[2], false, drops);
                for (int o = 0; o < out.length; o++) {
                    sum += sign * out[o] * inputs[3][o];
                }
            }
            float width = before + step - (before - step);
            gradient[i] = sum / width;
            inputs[which][i] = before;
        }
        return gradient;
    }

    /** Attention as its formula says, text by text and head by head. */
    private static double[] control(float[] q, float[] k, float[] v, boolean one, float[][] drops) {
        double[] out = new double[q.length];
        int start = 0;
        for (int text = 0; text < LENGTHS.length; text++) {
            int length = LENGTHS[text];
            int width = WIDTHS[text];
            int queries = one ? 1 : length;
            int rowsOfDrop = one ? 1 : width;
            for (int head = 0; head < HEADS; head++) {
                for (int i = 0; i < queries; i++) {
                    int row = one ? text : start + i;
                    double[] p = new double[length];
                    double total = 0;
                    for (int j = 0; j < length; j++) {
                        double score = 0;
                        for (int c = 0; c < SIZE; c++) {
                            score += (double) q[at(row, head, c)] * k[at(start + j, head, c)];
                        }
                        p[j] = Math.exp(score / Math.sqrt(SIZE));
                        total += p[j];
                    }
                    for (int j = 0; j < length; j++) {
                        double share = p[j] / total;
                        if (drops != null) {
                            int group = text < 2 ? 0 : 1;
                            int entry = text < 2 ? text : 0;
                            share *=
                                    drops[group][
                                            ((entry * HEADS + head) * rowsOfDrop + i) * width + j];
                        }
                        for (int c = 0; c < SIZE; c++) {
                            out[at(row, head, c)] += share * v[at(start + j, head, c)];
                        }
                    }
                }
            }
            start += length;
        }
        return out;
    }

    private static int at(int row, int head, int c) {
        return row * WIDTH + head * SIZE + c;
    }

    private static void assertClose(float[] found, double[] expected) {
        assertClose(found, expected, 2e-6);
    }

    private static void assertClose(float[] found, double[] expected, double tolerance) {
        assertThat(found).hasSize(expected.length);
        for (int i = 0; i < found.length; i++) {
            assertThat((double) found[i])
                    .as("number %s", i)
                    .isCloseTo(expected[i], org.assertj.core.api.Assertions.within(tolerance));
        }
    }
}
