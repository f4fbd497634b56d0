/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torch.Torch;

/**
 * Reads one tensor into native memory that its array owns: the array can be written in place, and
 * takes neither Java heap nor Java's limit on direct memory. The bytes go straight there, or by way
 * of one chunk where they are converted or the array is on another device.
 */
record TensorReader(Path path, String name, TensorInfo info, OpenFile file, long position) {
    /** What is read at once: a multiple of every element size. */
    private static final int CHUNK_BYTES = 1 << 24;

    NDArray read(NDManager manager) throws IOException {
        DataType type = info.dtype().dataType().orElse(null);
        if (type == null) {
            throw unreadable(
                    "a dtype that DJL holds (F64 F32 F16 I64 I32 I8 U8 BOOL); BF16 is read as"
                            + " float32");
        }
        return onDevice(manager, cpu -> plain(cpu, info.shape(), type));
    }

    NDArray readBytes(NDManager manager) throws IOException {
        Shape bytes = new Shape(info.byteSize());
        return onDevice(manager, cpu -> plain(cpu, bytes, DataType.UINT8));
    }

    NDArray readAs(NDManager manager, TensorDtype dtype) throws IOException {
        if (!dtype.isFloating()) {
            throw new IllegalArgumentException(
                    dtype + " is no precision to read in; expected F16, BF16, F32 or F64");
        }
        if (!info.dtype().isFloating()) {
            throw unreadable("a floating-point dtype (F64 F32 F16 BF16)");
        }
        requireLittleEndian();
        try (NDManager scratch = manager.newSubManager()) {
            NDArray array = empty(scratch, info.shape(), dtype);
            if (info.dtype() == dtype && manager.getDevice().equals(Device.cpu())) {
                fill(array, dtype.byteSize(1));
            } else {
                convert(array);
            }
            array.attach(manager);
            return array;
        }
    }

    /** How an array on the CPU is read. */
    private interface Reading {
        NDArray on(NDManager cpu) throws IOException;
    }

    private static NDArray onDevice(NDManager manager, Reading reading) throws IOException {
        requireLittleEndian();
        try (NDManager scratch = manager.newSubManager(Device.cpu())) {
            NDArray result = reading.on(scratch).toDevice(manager.getDevice(), false);
            result.attach(manager);
            return result;
        }
    }

    private NDArray plain(NDManager scratch, Shape shape, DataType type) throws IOException {
        NDArray array = scratch.create(shape, type);
        fill(array, type.getNumOfBytes());
        return array;
    }

    /** Returns an array whose elements are not set. */
    static NDArray empty(NDManager manager, Shape shape, TensorDtype dtype) {
        return dtype == TensorDtype.BF16
                ? Torch.emptyBfloat16(manager, shape)
                : manager.create(shape, dtype.dataType().orElseThrow());
    }

    /** Reads the whole tensor into a CPU array of its own dtype. */
    private void fill(NDArray array, long elementBytes) throws IOException {
        ArrayParts.forEach(
                array,
                CHUNK_BYTES / elementBytes,
                (part, start) -> {
                    ByteBuffer target = part.toByteBuffer(true);
                    file.fill(target, position + start * elementBytes, name);
                    if (info.dtype() == TensorDtype.BOOL) {
                        checkBooleans(target.flip());
                    }
                });
    }

    /** Reads chunk by chunk and copies each into its place, casting. */
    private void convert(NDArray array) throws IOException {
        long elementBytes = info.dtype().byteSize(1);
        long step = Math.min(CHUNK_BYTES / elementBytes, array.size());
        try (NDManager cpu = array.getManager().newSubManager(Device.cpu())) {
            NDArray chunk = empty(cpu, new Shape(step), info.dtype());
            ArrayParts.forEach(
                    array,
                    step,
                    (part, start) -> {
                        try (NDArray read = ArrayParts.slice(chunk, 0, part.size())) {
                            file.fill(
                                    read.toByteBuffer(true), position + start * elementBytes, name);
                            Torch.copyInto(part, read);
                        }
                    });
        }
    }

    private static void requireLittleEndian() {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new UnsupportedOperationException("safetensors data is little endian");
        }
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

    private InvalidSafeTensorsException unreadable(String expected) {
        return new InvalidSafeTensorsException(
                path, name, expected, info.dtype() + " " + info.shape());
    }
}
