/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.torch.LossGradients;
import org.lora4j.torch.Torch;

/** KaSA on a weight whose singular values are known, against products of whole matrices. */
@Tag("once-per-jdk")
final class KasaTest {
    private static final float NOISE = 2e-6f;

    @TempDir Path folder;

    /** [4, 3] with the singular values 5, 2 and 0.5 along its first three rows and columns. */
    private static SequentialBlock block(NDManager manager) {
        Linear linear = Linear.builder().setUnits(4).optBias(false).build();
        SequentialBlock block = new SequentialBlock().add(linear);
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
        float[] weight = {0, 2, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0.5f};
        try (NDArray values = manager.create(weight, new Shape(4, 3))) {
            Torch.copyInto(linear.getParameters().get("weight").getArray(), values);
        }
        return block;
    }

    private static LoraConfigBuilder config() {
        return LoraConfig.builder()
                .setRank(1)
                .setAlpha(3)
                .optTargetModules("all-linear")
                .optVariant(new LoraVariant.Kasa(0.5, 0.25));
    }

    private static float[] forward(SequentialBlock block, NDManager manager) {
        NDArray x = manager.create(new float[] {1, -2, 4, 0.5f, 3, -1}, new Shape(2, 3));
        return block.forward(new ParameterStore(manager, false), new NDList(x), false)
                .singletonOrThrow()
                .toFloatArray();
    }

    private static void fill(Injection injection, NDManager manager) {
        LoraAdapter pair = injection.layers().get(0).adapter("default").orElseThrow();
        float[] b = {0.5f, -1, 2, 0.25f};
        Torch.copyInto(
                pair.a().getArray(), manager.create(new float[] {1, 3, -2}, new Shape(1, 3)));
        Torch.copyInto(pair.b().getArray(), manager.create(b, new Shape(4, 1)));
        Torch.copyInto(
                pair.tensors().get(LoraAdapter.DIAGONAL).getArray(),
                manager.create(new float[] {-1.5f}));
    }

    /** (W0 - its least part) x, plus 3 · -1.5 · B (A x), for x = (1, -2, 4) and (0.5, 3, -1). */
    private static float[] expected() {
        float[][] x = {{1, -2, 4}, {0.5f, 3, -1}};
        float[] b = {0.5f, -1, 2, 0.25f};
        float[] y = new float[8];
        for (int i = 0; i < 2; i++) {
            float h = 3 * -1.5f * (x[i][0] + 3 * x[i][1] - 2 * x[i][2]);
            float[] base = {2 * x[i][1], 5 * x[i][0], 0, 0};
            for (int j = 0; j < 4; j++) {
                y[4 * i + j] = base[j] + h * b[j];
            }
        }
        return y;
    }

    @Test
    void theLeastSingularValuesAreLeftOutAndTheDiagonalCounts() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            SequentialBlock block = block(manager);
            Injection injection = Lora.inject(block, config().build());
            assertThat(forward(block, manager))
                    .containsExactly(new float[] {-4, 5, 0, 0, 6, 2.5f, 0, 0}, within(NOISE));
            fill(injection, manager);
            assertThat(forward(block, manager)).containsExactly(expected(), within(1e-5f));
            Path saved = folder.resolve("saved");
            Path plain = folder.resolve("plain");
            Lora.saveAdapter(block, injection, saved);
            Lora.saveAdapterAsLora(block, injection, plain);
            for (Path each : List.of(saved, plain)) {
                SequentialBlock other = block(manager);
                Injection loaded = Lora.loadAdapter(other, "default", each);
                assertThat(forward(other, manager)).containsExactly(expected(), within(1e-5f));
                LoraVariant variant = ((LoraConfig) loaded.config()).variant();
                assertThat(variant)
                        .isEqualTo(
                                each.equals(saved)
                                        ? new LoraVariant.Kasa(0.5, 0.25)
                                        : LoraVariant.plain());
            }
            Lora.mergeAndUnload(block);
            assertThat(forward(block, manager)).containsExactly(expected(), within(1e-5f));
        }
    }

    @Test
    void thePenaltyAndItsGradientsAreThoseOfItsFormula() {
        try (NDManager manager = NDManager.newBaseManager()) {
            // A Aᵀ - I = 13 and BᵀB - I = 4.3125 for r = 1, of which the norms are these numbers
            NDArray a = manager.create(new float[] {1, 3, -2}, new Shape(1, 3));
            NDArray b = manager.create(new float[] {0.5f, -1, 2, 0.25f}, new Shape(4, 1));
            NDArray d = manager.create(new float[] {-1.5f});
            NDList found = LossGradients.kasa(a, b, d, 0.5, 0.25);
            assertThat(found.get(0).toDoubleArray()[0])
                    .isCloseTo(0.5 * 2.25 + 0.25 * (13 + 4.3125), within(1e-6));
            assertThat(found.get(1).toFloatArray())
                    .containsExactly(new float[] {0.5f, 1.5f, -1}, within(NOISE));
            assertThat(found.get(2).toFloatArray())
                    .containsExactly(new float[] {0.25f, -0.5f, 1, 0.125f}, within(NOISE));
            assertThat(found.get(3).toFloatArray())
                    .containsExactly(new float[] {-1.5f}, within(NOISE));
        }
    }

    @Test
    void whatDoesNotFitIsRefusedByItsPath() {
        try (NDManager manager = NDManager.newBaseManager()) {
            SequentialBlock block = block(manager);
            assertThatThrownBy(() -> Lora.inject(block, config().setRank(3).build()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("KaSA", "rank 3");
            assertThatThrownBy(() -> config().optInit(Init.PISSA).build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("KaSA", "PISSA");
            assertThatThrownBy(() -> new LoraVariant.Kasa(-1, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("-1");
        }
    }
}
