/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torch.Torch;

/**
 * The bytes of one tensor, produced only when the writer comes to them, so that a model is never
 * held whole: a merge can compute a weight here and drop it.
 */
@FunctionalInterface
public interface TensorData {
    /**
     * Writes the bytes: little endian, row-major, exactly as many as dtype and shape say.
     *
     * @param out where to
     * @throws IOException if they cannot be produced or written
     */
    void writeTo(ByteSink out) throws IOException;

    /**
     * The elements of an array, copied out in parts, also from a GPU or a view that is not
     * contiguous. The array must stay open until the file is written.
     *
     * @param array any array; its element size must be that of the declared dtype, which makes a
     *     bfloat16 array on the CPU possible
     * @return its bytes
     */
    static TensorData of(NDArray array) {
        return out -> {
            boolean cpu = array.getDevice().equals(Device.cpu());
            if (!cpu && TensorDtype.of(array.getDataType()).isEmpty()) {
                // Copying such an array between devices aborts the JVM.
                throw new IllegalArgumentException(
                        "An array of " + array.getDataType() + " on a GPU cannot be written");
            }
            ArrayParts.forEach(
                    array,
                    1 << 24,
                    (part, start) -> {
                        try (NDArray onCpu = part.toDevice(Device.cpu(), false)) {
                            out.write(onCpu.toByteBuffer(true));
                        }
                    });
        };
    }

    /**
     * The elements of an array of real numbers in another precision, rounded to nearest, ties to
     * even, where it narrows. They are converted in parts as they are written, also from a GPU; the
     * array must stay open until then.
     *
     * @param array an array of F16, BF16, F32 or F64
     * @param dtype the precision that is written
     * @return its bytes
     * @throws IllegalArgumentException if the dtype is not one of these
     */
    static TensorData of(NDArray array, TensorDtype dtype) {
        if (!dtype.isFloating()) {
            throw new IllegalArgumentException(
                    dtype + " is no precision to write in; expected F16, BF16, F32 or F64");
        }
        return out -> {
            long step = Math.min(array.size(), 1 << 22);
            try (NDManager cpu = array.getManager().newSubManager(Device.cpu())) {
                NDArray chunk = TensorReader.empty(cpu, new Shape(step), dtype);
                ArrayParts.forEach(
                        array,
                        step,
                        (part, start) -> {
                            try (NDArray cast = ArrayParts.slice(chunk, 0, part.size())) {
                                Torch.copyInto(cast, part);
                                out.write(cast.toByteBuffer(true));
                            }
                        });
            }
        };
    }

    /**
     * Bytes in memory.
     *
     * @param bytes the rest of the buffer; its position does not move
     * @return the bytes
     */
    static TensorData of(ByteBuffer bytes) {
        return out -> out.write(bytes.duplicate());
    }

    /**
     * The bytes of a tensor in an open file, whatever its dtype.
     *
     * @param source the file, open until this one is written
     * @param name the tensor
     * @return its bytes
     */
    static TensorData of(SafeTensors source, String name) {
        return new StoredTensor(source, name);
    }

    /**
     * The dtype under which an array is stored unchanged.
     *
     * @param array an array
     * @return its dtype
     * @throws IllegalArgumentException if the format cannot name it
     */
    static TensorDtype dtypeOf(NDArray array) {
        String message =
                ("An array of %s has no safetensors dtype of its own: add it with a declared dtype,"
                                + " shape and TensorData")
                        .formatted(array.getDataType());
        return TensorDtype.of(array.getDataType())
                .orElseThrow(() -> new IllegalArgumentException(message));
    }
}
