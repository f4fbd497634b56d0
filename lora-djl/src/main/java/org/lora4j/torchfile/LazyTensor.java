/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.safetensors.ByteSink;
import org.lora4j.safetensors.SafeTensors;
import org.lora4j.safetensors.StoredTensor;
import org.lora4j.safetensors.TensorData;
import org.lora4j.safetensors.TensorInfo;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torch.Torch;

/**
 * A tensor of an open file, whose bytes are read only when they are asked for. As thread-safe as
 * its data.
 *
 * @param dtype the element type
 * @param shape the dimensions
 * @param data the bytes: little endian, row-major, whatever the strides in the file
 */
public record LazyTensor(TensorDtype dtype, Shape shape, TensorData data) {
    private static final int WINDOW_ELEMENTS = 1 << 24;

    /**
     * A tensor of a safetensors file.
     *
     * @param source the file, open as long as the tensor is read
     * @param name the tensor
     * @return the tensor
     * @throws IllegalArgumentException if there is no such tensor
     */
    public static LazyTensor of(SafeTensors source, String name) {
        TensorInfo info = source.info(name);
        return new LazyTensor(info.dtype(), info.shape(), TensorData.of(source, name));
    }

    /**
     * All tensors of safetensors files.
     *
     * @param source the files, open as long as a tensor is read
     * @return the tensors by name, in the order of the headers
     */
    public static Map<String, LazyTensor> allOf(SafeTensors source) {
        Map<String, LazyTensor> tensors = new LinkedHashMap<>();
        source.names().forEach(name -> tensors.put(name, of(source, name)));
        return Collections.unmodifiableMap(tensors);
    }

    /**
     * Reads a floating-point tensor as float32. F16 and BF16 widen exactly; F64 rounds to nearest.
     *
     * @param manager the manager that will own the array and whose device it is on
     * @return a new array
     * @throws IllegalArgumentException if the dtype is not F16, BF16, F32 or F64
     * @throws IOException if the file cannot be read
     */
    public NDArray readFloat32(NDManager manager) throws IOException {
        requireFloating();
        if (data instanceof StoredTensor stored) {
            return stored.source().readFloat32(manager, stored.name());
        }
        return inNativeMemory(manager, DataType.FLOAT32, flat -> send(new NativeTarget(flat)));
    }

    /**
     * Reads a tensor of a safetensors file in its own dtype.
     *
     * @param manager the manager that will own the array and whose device it is on
     * @return a new array
     * @throws IOException if the file cannot be read, is no safetensors file, or DJL cannot hold
     *     the dtype
     */
    public NDArray readStored(NDManager manager) throws IOException {
        if (data instanceof StoredTensor stored) {
            return stored.source().read(manager, stored.name());
        }
        throw new IOException(
                "a tensor of %s %s is read from safetensors only; save the model with safe_serialization"
                        .formatted(dtype, shape));
    }

    /** What writes all elements of an array into its memory. */
    private interface Filling {
        void fill(NDArray flat) throws IOException;
    }

    private NDArray inNativeMemory(NDManager manager, DataType type, Filling filling)
            throws IOException {
        try (NDManager scratch = manager.newSubManager(Device.cpu())) {
            NDArray array = scratch.create(shape, type);
            long elements = shape.size();
            if (elements > 0) {
                NDArray flat = array.reshape(elements);
                flat.attach(scratch);
                filling.fill(flat);
            }
            NDArray result = array.toDevice(manager.getDevice(), false);
            result.attach(manager);
            return result;
        }
    }

    /**
     * Reads a floating-point tensor in another precision, rounding to nearest, ties to even, where
     * it narrows.
     *
     * @param manager the manager that will own the array and whose device it is on
     * @param precision F16, BF16, F32 or F64
     * @return a new array of that dtype
     * @throws IllegalArgumentException if the dtype is not F16, BF16, F32 or F64
     * @throws IOException if the file cannot be read
     */
    public NDArray readAs(NDManager manager, TensorDtype precision) throws IOException {
        requireFloating();
        if (data instanceof StoredTensor stored) {
            return stored.source().readAs(manager, stored.name(), precision);
        }
        if (precision == TensorDtype.F64 && dtype == TensorDtype.F64) {
            return inNativeMemory(
                    manager, DataType.FLOAT64, flat -> NativeDoubles.fill(flat, data));
        }
        NDArray single = readFloat32(manager);
        if (precision == TensorDtype.F32) {
            return single;
        }
        try (single) {
            return switch (precision) {
                case F64 -> Torch.toFloat64(single);
                case BF16 -> Torch.toBfloat16(single);
                default -> Torch.toFloat16(single);
            };
        }
    }

    /**
     * Reads a floating-point tensor into the Java heap, row-major.
     *
     * @return a new array of shape().size() floats
     * @throws IllegalArgumentException if the dtype is not F16, BF16, F32 or F64, or the tensor has
     *     more elements than a Java array
     * @throws IOException if the file cannot be read
     */
    public float[] toFloats() throws IOException {
        requireFloating();
        long elements = shape.size();
        if (elements > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "A tensor of " + shape + " does not fit a Java array; use readFloat32");
        }
        float[] floats = new float[(int) elements];
        FloatBuffer target = FloatBuffer.wrap(floats);
        send((values, count) -> target.put(values, 0, count));
        return floats;
    }

    /**
     * Whether two tensors have the same shape and, read as float32, the same values bit for bit.
     * Neither is held in memory.
     *
     * @param other the other tensor
     * @return true if so; integers are compared by their bytes
     * @throws IOException if a file cannot be read
     */
    public boolean sameValues(LazyTensor other) throws IOException {
        return shape.equals(other.shape) && MessageDigest.isEqual(digest(), other.digest());
    }

    private byte[] digest() throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            if (dtype.isFloating()) {
                ByteBuffer block = ByteBuffer.allocate(FloatSink.BLOCK * Float.BYTES);
                send(
                        (values, count) -> {
                            block.clear().asFloatBuffer().put(values, 0, count);
                            digest.update(block.limit(count * Float.BYTES));
                        });
            } else {
                data.writeTo(digest::update);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private void send(FloatSink.Target target) throws IOException {
        FloatSink sink = new FloatSink(dtype, target);
        data.writeTo(sink);
        sink.finish(shape.size());
    }

    private void requireFloating() {
        if (!dtype.isFloating()) {
            throw new IllegalArgumentException(
                    "Expected a tensor of F64, F32, F16 or BF16, found " + dtype + " " + shape);
        }
    }

    /** Returns a part of native memory as a Java buffer. */
    private static ByteBuffer window(NDArray flat, long start) {
        long end = Math.min(flat.size(), start + WINDOW_ELEMENTS);
        // The memory is that of the whole array, which stays open.
        try (NDArray part = flat.get(new NDIndex().addSliceDim(start, end))) {
            return part.toByteBuffer(true).order(ByteOrder.nativeOrder());
        }
    }

    /** Native memory of doubles that takes their bytes as they are. */
    private static final class NativeDoubles implements ByteSink {
        private final NDArray flat;
        private ByteBuffer window = ByteBuffer.allocate(0);
        private long next;

        private NativeDoubles(NDArray flat) {
            this.flat = flat;
        }

        static void fill(NDArray flat, TensorData data) throws IOException {
            NativeDoubles target = new NativeDoubles(flat);
            data.writeTo(target);
            if (target.next < flat.size() || target.window.hasRemaining()) {
                throw new IOException(
                        "the data of a tensor of %d doubles end early".formatted(flat.size()));
            }
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                if (!window.hasRemaining()) {
                    if (next == flat.size()) {
                        throw new IOException(
                                "a tensor has %d doubles, its data gave more"
                                        .formatted(flat.size()));
                    }
                    window = window(flat, next);
                    next += window.remaining() / Double.BYTES;
                }
                int count = Math.min(bytes.remaining(), window.remaining());
                window.put(bytes.slice().limit(count));
                bytes.position(bytes.position() + count);
            }
        }
    }

    /** Native memory, through views no longer than a Java buffer. */
    private static final class NativeTarget implements FloatSink.Target {
        private final NDArray flat;
        private FloatBuffer window = FloatBuffer.allocate(0);
        private long next;

        NativeTarget(NDArray flat) {
            this.flat = flat;
        }

        @Override
        public void put(float[] values, int count) {
            int done = 0;
            while (done < count) {
                if (!window.hasRemaining()) {
                    window = window(flat, next).asFloatBuffer();
                    next += window.remaining();
                }
                int part = Math.min(count - done, window.remaining());
                window.put(values, done, part);
                done += part;
            }
        }
    }
}
