/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import org.lora4j.safetensors.TensorDtype;

/** Takes the bytes of a floating-point tensor and hands on float32 values. Not thread-safe. */
final class FloatSink implements WritableByteChannel {
    /** The most values handed on at once. */
    static final int BLOCK = 8192;

    /** Where the values go. */
    @FunctionalInterface
    interface Target {
        void put(float[] values, int from, int count);
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
    public int write(ByteBuffer source) {
        int count = source.remaining();
        while (source.hasRemaining()) {
            int part = Math.min(source.remaining(), BLOCK * elementBytes - pending.position());
            ByteBuffer head = source.duplicate().limit(source.position() + part);
            pending.put(head);
            source.position(source.position() + part);
            if (pending.position() == BLOCK * elementBytes) {
                flush();
            }
        }
        return count;
    }

    /** Hands on the rest, and checks that all came. */
    void finish(long elements) throws IOException {
        boolean whole = pending.position() % elementBytes == 0;
        flush();
        if (!whole || received != elements) {
            throw new IOException(
                    "a tensor has " + elements + " elements, its data gave " + received);
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
        target.put(values, 0, count);
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {
        // There is nothing to close.
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
