/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.lora4j.djl.GoldenChecks.forward;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.block.weight.DenseLinear;
import org.lora4j.block.weight.TransposedLinear;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.core.variant.LoraVariant.BlockDiagonal;
import org.lora4j.core.variant.LoraVariant.Velora;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchKernels;

/** BD-LoRA, VeLoRA and MonteCLoRA on one layer, against plain LoRA and against formulas. */
final class VariantsTest {
    private static final int IN = 10;
    private static final int OUT = 6;
    private static final int RANK = 4;
    private static final String PATH = "block.layer";

    private final NDManager manager = NDManager.newBaseManager();
    private final LoraContext context = LoraContext.of(new TorchKernels(), 0);
    private final Random random = new Random(5);

    @AfterEach
    void close() {
        manager.close();
    }

    private float[] numbers(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private NDArray drawn(long... shape) {
        Shape whole = new Shape(shape);
        return manager.create(numbers((int) whole.size()), whole).duplicate();
    }

    private AdaptedLayer layer() {
        DenseLinear base = new DenseLinear(drawn(OUT, IN), drawn(OUT), context.kernels());
        return LoraLayers.wrap(PATH, base, context).orElseThrow();
    }

    private static AdapterSpec spec(LoraVariant variant) {
        return new AdapterSpec(RANK, 7, 1.75, 0, Init.KAIMING_UNIFORM, DeltaDtype.ACTIVATION, 3)
                .withVariant(variant);
    }

    private void draw(LoraAdapter adapter) {
        Torch.copyInto(adapter.a().getArray(), drawn(adapter.a().getArray().getShape().getShape()));
        Torch.copyInto(adapter.b().getArray(), drawn(adapter.b().getArray().getShape().getShape()));
    }

    /** Gradients of A, B and x in a training pass, for the output's gradient dy. */
    private static float[][] gradients(AdaptedLayer layer, LoraAdapter own, NDArray x, NDArray dy) {
        try (GradMode on = GradMode.on()) {
            x.setRequiresGradient(true);
            NDArray y = forward(layer, x, true);
            NDList found =
                    Autograd.gradients(
                            y.mul(dy).sum(), List.of(own.a().getArray(), own.b().getArray(), x));
            return new float[][] {
                found.get(0).toFloatArray(),
                found.get(1).toFloatArray(),
                found.get(2).toFloatArray()
            };
        }
    }

    /** Row r of blocks [rows, columns] one above the other is in columns of its block's own. */
    private static float[] filled(float[] blocks, int rows, int columns, int count) {
        float[] whole = new float[rows * columns * count];
        for (int r = 0; r < rows; r++) {
            int block = r / (rows / count);
            for (int c = 0; c < columns; c++) {
                whole[r * columns * count + block * columns + c] = blocks[r * columns + c];
            }
        }
        return whole;
    }

    @ParameterizedTest
    @CsvSource({"A, 2", "B, 2", "A, 1"})
    void aBlockDiagonalMatrixIsThePlainOneWithZeros(String side, int count) {
        boolean ofA = side.equals("A");
        List<String> here = List.of("layer");
        AdaptedLayer layer = layer();
        LoraAdapter own =
                layer.addAdapter(
                        "own",
                        spec(
                                new BlockDiagonal(
                                        ofA ? here : List.of(),
                                        ofA ? List.of() : here,
                                        count,
                                        true)));
        assertThat(own.a().getArray().getShape()).isEqualTo(new Shape(RANK, ofA ? IN / count : IN));
        assertThat(own.b().getArray().getShape())
                .isEqualTo(new Shape(OUT, ofA ? RANK : RANK / count));
        if (ofA) { // kaiming_uniform with a = 0
            double bound = Math.sqrt(6.0 / (IN / count));
            float largest = own.a().getArray().abs().max().getFloat();
            assertThat((double) largest).isBetween(0.6 * bound, bound);
        }
        draw(own);
        LoraAdapter plain = layer.addAdapter("plain", spec(LoraVariant.plain()));
        float[] a = own.a().getArray().toFloatArray();
        float[] b = own.b().getArray().toFloatArray();
        float[] wideA = ofA ? filled(a, RANK, IN / count, count) : a;
        float[] wideB = ofA ? b : filled(b, OUT, RANK / count, count);
        Torch.copyInto(plain.a().getArray(), manager.create(wideA, new Shape(RANK, IN)));
        Torch.copyInto(plain.b().getArray(), manager.create(wideB, new Shape(OUT, RANK)));
        NDArray x = drawn(3, IN);
        NDArray dy = drawn(3, OUT);

        context.active().setDefault(AdapterSelection.of("own"));
        float[] y = forward(layer, x, false).toFloatArray();
        float[] delta = layer.delta(manager, "own").toFloatArray();
        float[][] found = gradients(layer, own, x, dy);
        layer.merge();
        float[] merged = forward(layer, x, false).toFloatArray();
        layer.unmerge();
        context.active().setDefault(AdapterSelection.of("plain"));
        assertThat(y).containsExactly(forward(layer, x, false).toFloatArray(), within(1e-5f));
        assertThat(merged).containsExactly(y, within(1e-5f));
        assertThat(delta)
                .containsExactly(layer.delta(manager, "plain").toFloatArray(), within(1e-5f));
        float[][] expected = gradients(layer, plain, x, dy);
        assertThat(found[2]).containsExactly(expected[2], within(1e-5f));
        for (int i = 0; i < 2; i++) {
            boolean inBlocks = (i == 0) == ofA;
            int rows = i == 0 ? RANK : OUT;
            int columns = (i == 0 ? IN : RANK) / (inBlocks ? count : 1);
            float[] wide = inBlocks ? filled(found[i], rows, columns, count) : found[i];
            float[] ones = new float[found[i].length];
            Arrays.fill(ones, 1);
            float[] mask = inBlocks ? filled(ones, rows, columns, count) : ones;
            for (int e = 0; e < wide.length; e++) {
                assertThat(wide[e]).isCloseTo(expected[i][e] * mask[e], within(1e-4f));
            }
        }
    }

    @Test
    void whatBlocksDoNotDivideOrNameIsRefusedByThePath() {
        AdaptedLayer layer = layer();
        BlockDiagonal thirds = new BlockDiagonal(List.of("layer"), List.of(), 3, true);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> layer.addAdapter("x", spec(thirds)))
                .withMessageContaining(PATH)
                .withMessageContaining("10 inputs")
                .withMessageContaining("3 equal blocks");
        BlockDiagonal strict = new BlockDiagonal(List.of("other"), List.of("more"), 2, true);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> layer.addAdapter("x", spec(strict)))
                .withMessageContaining(PATH)
                .withMessageContaining("neither");
        BlockDiagonal both = new BlockDiagonal(List.of("layer"), List.of("block"), 2, true);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> layer.addAdapter("x", spec(both)))
                .withMessageContaining("A and B");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BlockDiagonal(List.of("layer"), List.of("layer"), 2, true))
                .withMessageContaining("layer");
        BlockDiagonal loose = new BlockDiagonal(List.of("other"), List.of(), 2, false);
        assertThat(layer.addAdapter("x", spec(loose)).b().getArray().getShape())
                .isEqualTo(new Shape(OUT, RANK));
        AdaptedLayer turned =
                LoraLayers.wrap(
                                PATH,
                                new TransposedLinear(drawn(IN, OUT), null, context.kernels()),
                                context)
                        .orElseThrow();
        BlockDiagonal halves = new BlockDiagonal(List.of("layer"), List.of(), 2, true);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> turned.addAdapter("x", spec(halves)))
                .withMessageContaining("[in, out]");
    }

    /** x' = c (x·v) v in each group of 3, 3, 3 and 1 inputs; ∂A = s (dy B)ᵀ x'. */
    @ParameterizedTest
    @EnumSource(Velora.Direction.class)
    void theGradientOfAIsThatOfCompressedInputs(Velora.Direction kind) {
        AdaptedLayer layer = layer();
        double c = 1.3;
        LoraAdapter own = layer.addAdapter("own", spec(new Velora(4, c, kind)));
        NDArray direction = own.tensors().get("lora_velora_embed").getArray();
        assertThat(direction.getShape()).isEqualTo(new Shape(3));
        assertThat(direction.norm().getFloat())
                .isCloseTo(kind == Velora.Direction.RANDOM ? 1 : 0, within(1e-6f));
        LoraAdapter plain = layer.addAdapter("plain", spec(LoraVariant.plain()));
        draw(own);
        Torch.copyInto(plain.a().getArray(), own.a().getArray());
        Torch.copyInto(plain.b().getArray(), own.b().getArray());
        NDArray first = drawn(5, IN);
        NDArray dy = drawn(5, OUT);
        for (NDArray x : List.of(first, drawn(5, IN))) {
            context.active().setDefault(AdapterSelection.of("plain"));
            float[] y = forward(layer, x, false).toFloatArray();
            float[][] expected = gradients(layer, plain, x, dy);
            context.active().setDefault(AdapterSelection.of("own"));
            assertThat(forward(layer, x, false).toFloatArray()).isEqualTo(y);
            float[] before = direction.toFloatArray();
            float[][] found = gradients(layer, own, x, dy);
            assertThat(forward(layer, x, true).toFloatArray()).containsExactly(y, within(1e-5f));
            float[] v = direction.toFloatArray();
            if (kind == Velora.Direction.BATCH_AVERAGE || x == first) {
                if (kind != Velora.Direction.RANDOM) {
                    assertThat(v).containsExactly(mean(x), within(1e-6f));
                }
            } else {
                assertThat(v).isEqualTo(before);
            }
            assertThat(found[1]).containsExactly(expected[1], within(1e-4f));
            assertThat(found[2]).containsExactly(expected[2], within(1e-4f));
            float[] da = compressed(x, dy, own, v, c);
            assertThat(found[0]).containsExactly(da, within(1e-4f));
            double farthest = 0;
            for (int i = 0; i < da.length; i++) {
                farthest = Math.max(farthest, Math.abs(da[i] - expected[0][i]));
            }
            assertThat(farthest).isGreaterThan(0.1);
        }
        layer.setTrainable("own", true);
        assertThat(own.tensors().get("lora_velora_embed").requiresGradient()).isFalse();
    }

    private static float[] mean(NDArray x) {
        float[] values = x.toFloatArray();
        double[] sum = new double[3];
        for (int i = 0; i < values.length; i++) {
            sum[i % IN % 3] += values[i];
        }
        double length = Math.sqrt(sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]);
        return new float[] {
            (float) (sum[0] / length), (float) (sum[1] / length), (float) (sum[2] / length)
        };
    }

    private static float[] compressed(NDArray x, NDArray dy, LoraAdapter own, float[] v, double c) {
        float[] input = x.toFloatArray();
        float[] upper = dy.toFloatArray();
        float[] b = own.b().getArray().toFloatArray();
        float[] da = new float[RANK * IN];
        for (int t = 0; t < 5; t++) {
            double[] seen = new double[IN];
            for (int g = 0; g < IN; g += 3) {
                double product = 0;
                for (int k = 0; k < 3 && g + k < IN; k++) {
                    product += input[t * IN + g + k] * v[k];
                }
                for (int k = 0; k < 3 && g + k < IN; k++) {
                    seen[g + k] = c * product * v[k];
                }
            }
            for (int r = 0; r < RANK; r++) {
                double dh = 0;
                for (int o = 0; o < OUT; o++) {
                    dh += 1.75 * upper[t * OUT + o] * b[o * RANK + r];
                }
                for (int i = 0; i < IN; i++) {
                    da[r * IN + i] += (float) (dh * seen[i]);
                }
            }
        }
        return da;
    }

    @Test
    void aDrawnDirectionOutlivesTheCollectionOfWhatItWasDrawnIn() throws InterruptedException {
        AdaptedLayer layer = layer();
        LoraVariant variant = new Velora(4, 1, Velora.Direction.RANDOM);
        List<NDArray> directions = new ArrayList<>();
        List<float[]> drawn = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            LoraAdapter own = layer.addAdapter("own" + i, spec(variant));
            NDArray direction = own.tensors().get("lora_velora_embed").getArray();
            directions.add(direction);
            drawn.add(direction.toFloatArray());
        }
        // Java's buffers go with the collector, and what is freed is written by the allocator
        for (int round = 0; round < 3; round++) {
            CountDownLatch collected = new CountDownLatch(1);
            Cleaner.create().register(new Object(), collected::countDown);
            do {
                System.gc();
            } while (!collected.await(50, TimeUnit.MILLISECONDS));
        }
        for (int i = 0; i < drawn.size(); i++) {
            assertThat(directions.get(i).toFloatArray()).isEqualTo(drawn.get(i));
        }
    }

    @Test
    void aSamplersNumbersStayAndDoNothing() {
        AdaptedLayer layer = layer();
        LoraAdapter own =
                layer.addAdapter(
                        "own", spec(new LoraVariant.Monteclora(3, false, 0.1, 1e-4, 1e-5, 150)));
        LoraAdapter plain = layer.addAdapter("plain", spec(LoraVariant.plain()));
        draw(own);
        Torch.copyInto(plain.a().getArray(), own.a().getArray());
        Torch.copyInto(plain.b().getArray(), own.b().getArray());
        layer.setTrainable("own", true);
        assertThat(own.tensors())
                .containsOnlyKeys(
                        "lora_A.weight",
                        "lora_B.weight",
                        "lora_monteclora_sampler.std_prior",
                        "lora_monteclora_sampler.expert_weights_prior",
                        "lora_monteclora_sampler.gaussian_var_prior",
                        "lora_monteclora_sampler.expert_weights");
        assertThat(own.parameters())
                .filteredOn(parameter -> parameter.requiresGradient())
                .containsExactly(own.a(), own.b());
        NDArray x = drawn(3, IN);
        NDArray dy = drawn(3, OUT);
        context.active().setDefault(AdapterSelection.of("own"));
        float[][] found = gradients(layer, own, x, dy);
        context.active().setDefault(AdapterSelection.of("plain"));
        assertThat(found).isDeepEqualTo(gradients(layer, plain, x, dy));
    }
}
