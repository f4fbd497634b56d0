/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.lora4j.djl.GoldenChecks.forward;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.block.random.TorchNormals;
import org.lora4j.block.weight.DenseLinear;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchKernels;

/** Arrow on one layer, against its formulas. */
final class RoutedTest {
    private static final int IN = 20;
    private static final int OUT = 6;
    private static final int RANK = 2;
    private static final int EXPERTS = 3;
    private static final double TEMPERATURE = 0.7;
    private static final List<String> NAMES = List.of("task_0", "task_1", "task_2");

    private final NDManager manager = NDManager.newBaseManager();
    private final LoraContext context = LoraContext.of(new TorchKernels(), 0);
    private final Random random = new Random(5);
    private final AdaptedLayer layer =
            LoraLayers.wrap(
                            "layer",
                            new DenseLinear(drawn(OUT, IN), drawn(OUT), context.kernels()),
                            context)
                    .orElseThrow();

    @AfterEach
    void close() {
        manager.close();
    }

    private NDArray drawn(long... shape) {
        Shape whole = new Shape(shape);
        float[] values = new float[(int) whole.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return manager.create(values, whole).duplicate();
    }

    private LoraAdapter add(String name, double scaling, LoraVariant variant) {
        LoraAdapter own =
                layer.addAdapter(
                        name,
                        new AdapterSpec(
                                        RANK,
                                        7,
                                        scaling,
                                        0,
                                        Init.KAIMING_UNIFORM,
                                        DeltaDtype.ACTIVATION,
                                        3)
                                .withVariant(variant));
        redraw(own);
        return own;
    }

    private void redraw(LoraAdapter own) {
        Torch.copyInto(own.a().getArray(), drawn(RANK, IN));
        Torch.copyInto(own.b().getArray(), drawn(OUT, RANK));
    }

    private static LoraVariant.Arrow arrow(int top, List<String> general) {
        return new LoraVariant.Arrow(NAMES, general, top, TEMPERATURE, 42L);
    }

    private float[] base(NDArray x) {
        context.active().setDefault(AdapterSelection.none());
        return forward(layer, x, false).toFloatArray();
    }

    private float[] routed(NDArray x) {
        context.active().setDefault(AdapterSelection.of("router"));
        return forward(layer, x, false).toFloatArray();
    }

    private static double[][] matrix(NDArray array, double[][] less) {
        int columns = (int) array.getShape().get(1);
        float[] values = array.toFloatArray();
        double[][] rows = new double[values.length / columns][columns];
        for (int i = 0; i < values.length; i++) {
            rows[i / columns][i % columns] = values[i] - less[i / columns][i % columns];
        }
        return rows;
    }

    private static double[] times(double[][] m, double[] v) {
        double[] y = new double[m.length];
        for (int i = 0; i < m.length; i++) {
            for (int j = 0; j < v.length; j++) {
                y[i] += m[i][j] * v[j];
            }
        }
        return y;
    }

    private static double[] unit(double[] v) {
        double squares = 0;
        for (double each : v) {
            squares += each * each;
        }
        double[] y = v.clone();
        for (int i = 0; i < y.length; i++) {
            y[i] /= Math.sqrt(squares);
        }
        return y;
    }

    /** What arrow.py adds to a token, in double precision. */
    private static double[] added(
            double[] x, List<LoraAdapter> experts, int top, double[][] meanA, double[][] meanB) {
        float[] start = TorchNormals.of(IN, 42);
        double[] near = new double[EXPERTS];
        double[][] each = new double[EXPERTS][];
        for (int e = 0; e < EXPERTS; e++) {
            double[][] a = matrix(experts.get(e).a().getArray(), meanA);
            double[][] b = matrix(experts.get(e).b().getArray(), meanB);
            double[] v = new double[IN];
            for (int i = 0; i < IN; i++) {
                v[i] = start[i];
            }
            v = unit(v);
            for (int step = 0; step < 15; step++) {
                double[] ba = times(b, times(a, v));
                double[] down = new double[RANK];
                for (int r = 0; r < RANK; r++) {
                    for (int o = 0; o < OUT; o++) {
                        down[r] += b[o][r] * ba[o];
                    }
                }
                double[] next = new double[IN];
                for (int i = 0; i < IN; i++) {
                    for (int r = 0; r < RANK; r++) {
                        next[i] += a[r][i] * down[r];
                    }
                }
                v = unit(next);
            }
            for (int i = 0; i < IN; i++) {
                near[e] += x[i] * v[i];
            }
            near[e] = Math.abs(near[e]);
            each[e] = times(b, times(a, x));
        }
        double[] sum = new double[OUT];
        double all = 0;
        for (int e = 0; e < EXPERTS; e++) {
            int nearer = 0;
            for (double other : near) {
                nearer += other > near[e] ? 1 : 0;
            }
            if (nearer < top) {
                double c = Math.exp(near[e] / TEMPERATURE);
                all += c;
                for (int o = 0; o < OUT; o++) {
                    sum[o] += c * experts.get(e).spec().scaling() * each[e][o];
                }
            }
        }
        for (int o = 0; o < OUT; o++) {
            sum[o] /= all;
        }
        return sum;
    }

    private static void compare(
            float[] y,
            float[] base,
            NDArray x,
            List<LoraAdapter> experts,
            int top,
            double[][] meanA,
            double[][] meanB) {
        double[][] tokens = matrix(x.reshape(-1, IN), new double[y.length / OUT][IN]);
        for (int t = 0; t < tokens.length; t++) {
            double[] sum = added(tokens[t], experts, top, meanA, meanB);
            for (int o = 0; o < OUT; o++) {
                assertThat((double) y[t * OUT + o])
                        .isCloseTo(base[t * OUT + o] + sum[o], within(2e-4));
            }
        }
    }

    @Test
    void eachTokenHasTheExpertsThatItIsNearest() {
        List<LoraAdapter> experts =
                List.of(
                        add("task_0", 0.5, LoraVariant.plain()),
                        add("task_1", 1.75, LoraVariant.plain()),
                        add("task_2", 1, LoraVariant.plain()));
        LoraAdapter first = add("gks_0", 9, LoraVariant.plain());
        LoraAdapter second = add("gks_1", 9, LoraVariant.plain());
        NDArray x = drawn(2, 5, IN);
        float[] base = base(x);
        double[][] noA = new double[RANK][IN];
        double[][] noB = new double[OUT][RANK];
        add("router", 3, arrow(2, List.of()));
        float[] two = routed(x);
        compare(two, base, x, experts, 2, noA, noB);

        // what is kept of an expert goes when it changes
        redraw(experts.get(1));
        float[] changed = routed(x);
        assertThat(changed).isNotEqualTo(two);
        compare(changed, base, x, experts, 2, noA, noB);

        layer.removeAdapter("router");
        context.active().setDefault(AdapterSelection.none());
        add("router", 3, arrow(1, List.of("gks_0", "gks_1")));
        double[][] meanA = new double[RANK][IN];
        double[][] meanB = new double[OUT][RANK];
        for (LoraAdapter each : List.of(first, second)) {
            double[][] a = matrix(each.a().getArray(), noA);
            double[][] b = matrix(each.b().getArray(), noB);
            for (int r = 0; r < RANK; r++) {
                for (int i = 0; i < IN; i++) {
                    meanA[r][i] += a[r][i] / 2;
                }
                for (int o = 0; o < OUT; o++) {
                    meanB[o][r] += b[o][r] / 2;
                }
            }
        }
        compare(routed(x), base, x, experts, 1, meanA, meanB);
    }

    @Test
    void whatCannotBeChosenAmongIsNamed() {
        add("task_0", 1, LoraVariant.plain());
        add("router", 1, arrow(2, List.of()));
        NDArray x = drawn(3, IN);
        assertThatIllegalStateException()
                .isThrownBy(() -> routed(x))
                .withMessageContaining("\"task_1\"")
                .withMessageContaining("load it first");
        add("task_1", 1, LoraVariant.plain());
        add("task_2", 1, new LoraVariant.Activated(List.of(1)));
        assertThatIllegalStateException()
                .isThrownBy(() -> routed(x))
                .withMessageContaining("not plain");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> arrow(4, List.of()))
                .withMessageContaining("3, the number of experts; found 4");
        try (GradMode on = GradMode.on()) {
            assertThatThrownBy(() -> forward(layer, x, true))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("nothing to train");
        }
    }

    /** As torch.randn(n, generator=torch.Generator().manual_seed(s)) of torch 2 printed them. */
    @Test
    void theNumbersAreTorchs() {
        assertThat(TorchNormals.of(5, 42))
                .containsExactly(
                        new float[] {
                            0.33669037f, 0.12880941f, 0.23446237f, 0.23033303f, -1.1228564f
                        },
                        within(1e-6f));
        float[] blocks = TorchNormals.of(40, 42);
        assertThat(
                        new float[] {
                            blocks[0],
                            blocks[9],
                            blocks[15],
                            blocks[16],
                            blocks[31],
                            blocks[32],
                            blocks[39]
                        })
                .containsExactly(
                        new float[] {
                            1.9269153f,
                            1.648723f,
                            0.7624454f,
                            1.6423169f,
                            -0.3552866f,
                            -1.41806f,
                            -1.2862155f
                        },
                        within(1e-5f));
        float[] rest = TorchNormals.of(21, 7);
        assertThat(new float[] {rest[0], rest[4], rest[5], rest[20]})
                .containsExactly(
                        new float[] {-0.8201345f, -0.166997f, 0.7820727f, 1.0955805f},
                        within(1e-5f));
    }
}
