/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Path;

/**
 * Copies one tensor from the mapped file into native memory that the array owns: the array never
 * depends on the file, can be written in place, and takes neither Java heap nor Java's limit on
 * direct memory. Tensors over one buffer's 2 GiB are copied through views of a part each.
 */
record TensorReader(Path path, String name, TensorInfo info, MappedFile mapped, long position) {
    /** What is copied at once: a multiple of every element size. */
    private static final int CHUNK_BYTES = 1 << 26;

    private static final int BLOCK = 8192;

    /** Moves the file's bytes from {@code from} on into native memory, filling it. */
    @FunctionalInterface
    private interface Copy {
        void fill(ByteBuffer target, long from) throws IOException;
    }

    NDArray read(NDManager manager) throws IOException {
        DataType type =
                info.dtype()
                        .dataType()
                        .orElseThrow(
                                () ->
                                        unreadable(
                                                "a dtype that DJL holds (F64 F32 F16 I64 I32 I8 U8"
                                                        + " BOOL); BF16 is read as float32"));
        return load(manager, info.shape(), type, this::copyPlain);
    }

    NDArray readFloat32(NDManager manager) throws IOException {
        return switch (info.dtype()) {
            case F32 -> read(manager);
            case BF16 -> load(manager, info.shape(), DataType.FLOAT32, this::widenBfloat16);
            case F16, F64 -> {
                try (NDManager scratch = manager.newSubManager()) {
                    NDArray single = read(scratch).toType(DataType.FLOAT32, true);
                    single.attach(manager);
                    yield single;
                }
            }
            default -> throw unreadable("a floating-point dtype (F64 F32 F16 BF16)");
        };
    }

    NDArray readBytes(NDManager manager) throws IOException {
        return load(manager, new Shape(info.byteSize()), DataType.UINT8, this::copyPlain);
    }

    private NDArray load(NDManager manager, Shape shape, DataType type, Copy copy)
            throws IOException {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new UnsupportedOperationException("safetensors data is little endian");
        }
        try (NDManager scratch = manager.newSubManager(Device.cpu())) {
            NDArray array = scratch.create(shape, type);
            fill(scratch, array, copy);
            NDArray result = array.toDevice(manager.getDevice(), false);
            result.attach(manager);
            return result;
        } catch (InternalError e) {
            // How the JVM reports a page that the file no longer has.
            throw new InvalidSafeTensorsException(
                    path, name, "the file as it was opened", "a shorter one", e);
        }
    }

    private static void fill(NDManager scratch, NDArray array, Copy copy) throws IOException {
        long elements = array.size();
        int elementBytes = array.getDataType().getNumOfBytes();
        int step = CHUNK_BYTES / elementBytes;
        if (elements == 0) {
            return;
        }
        if (elements <= step) {
            copy.fill(array.toByteBuffer(true), 0);
            return;
        }
        NDArray flat = array.reshape(elements);
        flat.attach(scratch);
        for (long start = 0; start < elements; start += step) {
            long end = Math.min(elements, start + step);
            try (NDArray part = flat.get(new NDIndex().addSliceDim(start, end))) {
                copy.fill(part.toByteBuffer(true), start * elementBytes);
            }
        }
    }

    private void copyPlain(ByteBuffer target, long from) throws IOException {
        ByteBuffer source = mapped.slice(position + from, target.remaining());
        if (info.dtype() == TensorDtype.BOOL) {
            checkBooleans(source.duplicate());
        }
        target.put(source);
    }

    /** A bool that is neither 0 nor 1 is undefined behaviour in native code. */
    private void checkBooleans(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            int value = source.get();
            if (value != 0 && value != 1) {
                throw new InvalidSafeTensorsException(
                        path, name, "0 or 1 in each BOOL", Integer.toString(value));
            }
        }
    }

    private void widenBfloat16(ByteBuffer target, long from) {
        IntBuffer floats = target.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
        ShortBuffer halves =
                mapped.slice(position + from / 2, target.remaining() / 2).asShortBuffer();
        short[] in = new short[BLOCK];
        int[] out = new int[BLOCK];
        while (halves.hasRemaining()) {
            int count = Math.min(BLOCK, halves.remaining());
            halves.get(in, 0, count);
            for (int i = 0; i < count; i++) {
                out[i] = in[i] << 16;
            }
            floats.put(out, 0, count);
        }
    }

    private InvalidSafeTensorsException unreadable(String expected) {
        return new InvalidSafeTensorsException(
                path, name, expected, info.dtype() + " " + info.shape());
    }
}
