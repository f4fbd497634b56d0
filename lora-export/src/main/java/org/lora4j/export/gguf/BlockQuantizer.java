/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.lora4j.safetensors.ByteSink;

/**
 * Turns float32 into Q8_0, bit for bit as quantize_row_q8_0_ref of ggml-quants.c does: d = max|x| /
 * 127, q = round(x · (1/d)), halves away from zero. Numbers come in whole blocks. Not thread-safe.
 */
final class BlockQuantizer implements ByteSink {
    private final ByteSink out;

    BlockQuantizer(ByteSink out) {
        this.out = out;
    }

    @Override
    public void write(ByteBuffer source) throws IOException {
        ByteBuffer floats = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int blocks = floats.remaining() / (GgufType.BLOCK * Float.BYTES);
        ByteBuffer quantized =
                ByteBuffer.allocate(blocks * (GgufType.BLOCK + 2)).order(ByteOrder.LITTLE_ENDIAN);
        float[] block = new float[GgufType.BLOCK];
        for (int i = 0; i < blocks; i++) {
            float most = 0;
            for (int j = 0; j < block.length; j++) {
                block[j] = floats.getFloat();
                most = Math.max(most, Math.abs(block[j]));
            }
            float scale = most / 127;
            float inverse = scale == 0 ? 0 : 1 / scale;
            quantized.putShort(HalfFloat.of(scale));
            for (float value : block) {
                quantized.put((byte) rounded(value * inverse));
            }
        }
        out.write(quantized.flip());
    }

    private static int rounded(float value) {
        float size = Math.abs(value);
        int whole = (int) size;
        int up = whole + (2 * (size - whole) >= 1 ? 1 : 0);
        return value < 0 ? -up : up;
    }
}
