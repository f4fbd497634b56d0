/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Half precision is PyTorch's; a block of 8 bits is within half a step of what it stands for. */
final class GgufTypesTest {
    @Test
    void halvesArePyTorchs() {
        float[] values = new float[70_000];
        Random random = new Random(3);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(44) - 28));
        }
        float[] edges = {0, -0f, 1, 65504, 65519.9f, 65520, -65520, 0x1p-24f, 0x1p-25f, 0x1.8p-25f};
        System.arraycopy(edges, 0, values, 0, edges.length);
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            NDArray halves = manager.create(values).toType(DataType.FLOAT16, false);
            ByteBuffer expected = halves.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < values.length; i++) {
                assertThat(HalfFloat.of(values[i]))
                        .as("%s", values[i])
                        .isEqualTo(expected.getShort(2 * i));
            }
        }
    }

    @Test
    void blocksStandForNumbersWithinHalfAStep() throws IOException {
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            NDArray numbers = manager.randomNormal(new Shape(5, 64)).mul(3);
            float[] values = numbers.toFloatArray();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            GgufType.Q8_0.write("w", numbers, out);
            ByteBuffer blocks = ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(blocks.remaining()).isEqualTo(10 * 34);
            int extremes = 0;
            for (int i = 0; i < values.length; i++) {
                int block = i / 32;
                float most = 0;
                for (int j = 0; j < 32; j++) {
                    most = Math.max(most, Math.abs(values[block * 32 + j]));
                }
                int code = blocks.get(block * 34 + 2 + i % 32);
                double step = most / 127;
                assertThat(Math.abs(code * step - values[i])).isLessThanOrEqualTo(step * 0.5001);
                extremes += Math.abs(code) == 127 ? 1 : 0;
                assertThat(blocks.getShort(block * 34)).isEqualTo(HalfFloat.of(most / 127));
            }
            assertThat(extremes).isGreaterThanOrEqualTo(10);
        }
    }

    @Test
    void whatIsTooLargeForHalvesIsRefused() {
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            NDArray large = manager.create(new float[] {1, 70_000});
            assertThatThrownBy(() -> GgufType.F16.write("w", large, new ByteArrayOutputStream()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("w is NaN or infinite in F16");
        }
    }
}
