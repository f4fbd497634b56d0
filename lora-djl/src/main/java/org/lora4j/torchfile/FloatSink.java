/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.lora4j.safetensors.ByteSink;
import org.lora4j.torch.TensorDtype;

/** Takes the bytes of a floating-point tensor and hands on float32 values. Not thread-safe. */
final class FloatSink implements ByteSink {
    /** The most values handed on at once. */
    static final int BLOCK = 8192;

    /** Where the values go. */
    @FunctionalInterface
    interface Target {
        void put(float[] values, int count);
    }

    private final TensorDtype dtype;
    private final int elementBytes;
    private final Target target;
    private final float[] values = new float[BLOCK];
    private final ByteBuffer pending =
            ByteBuffer.allocate(BLOCK * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long received;

    FloatSink(TensorDtype dtype, Target target) {
        this.dtype = dtype;
        this.elementBytes = (int) dtype.byteSize(1);
        this.target = target;
    }

    @Override
    public void write(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            int part = Math.min(bytes.remaining(), BLOCK * elementBytes - pending.position());
            pending.put(bytes.duplicate().limit(bytes.position() + part));
            bytes.position(bytes.position() + part);
            if (pending.position() == BLOCK * elementBytes) {
                flush();
            }
        }
    }

    /** Hands on the rest, and checks that all came. */
    void finish(long elements) throws IOException {
        boolean whole = pending.position() % elementBytes == 0;
        flush();
        if (!whole || received != elements) {
            throw new IOException(
                    "a tensor has %d elements, its data gave %d".formatted(elements, received));
        }
    }

    private void flush() {
        pending.flip();
        int count = pending.remaining() / elementBytes;
        for (int i = 0; i < count; i++) {
            values[i] =
                    switch (dtype) {
                        case F32 -> pending.getFloat();
                        case F64 -> (float) pending.getDouble();
                        case F16 -> half(pending.getShort());
                        case BF16 -> Float.intBitsToFloat(pending.getShort() << 16);
                        default -> throw new IllegalStateException(dtype + " is no float");
                    };
        }
        pending.clear();
        received += count;
        target.put(values, count);
    }

    /** IEEE half precision widened exactly, subnormals and NaN included. */
    private static float half(short bits) {
        int sign = (bits & 0x8000) << 16;
        int exponent = (bits >> 10) & 0x1f;
        int mantissa = bits & 0x3ff;
        if (exponent == 0) {
            float magnitude = mantissa * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        int wide = exponent == 0x1f ? 0xff : exponent + 112;
        return Float.intBitsToFloat(sign | wide << 23 | mantissa << 13);
    }
}
