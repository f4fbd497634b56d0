/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.lora4j.torch.TensorDtype;

/**
 * Tensors by name, in one safetensors file or in the shards of a model.
 *
 * <p>The files are read, not mapped into memory, straight into native memory: an array belongs to
 * the manager it was asked of, and outlives this object.
 *
 * <p>Thread-safe. A file must not be changed while it is open; one that shrinks gives an {@link
 * InvalidSafeTensorsException} when the lost part is read.
 */
public sealed interface SafeTensors extends AutoCloseable
        permits SafeTensorsFile, ShardedSafeTensors {

    /** The name under which transformers saves a model that fits one file. */
    String MODEL_FILE = "model.safetensors";

    /** The index of a model in several files. */
    String INDEX_FILE = "model.safetensors.index.json";

    /**
     * Opens a model directory ({@value #MODEL_FILE}, else {@value #INDEX_FILE} and its shards), an
     * index file, or a single safetensors file. A directory that holds both is read from the single
     * file, as transformers does.
     *
     * @param path a directory, a file ending in {@code .index.json}, or a safetensors file
     * @return the open tensors; the caller closes them
     * @throws InvalidSafeTensorsException if a file is not valid
     * @throws IOException if a file is missing or cannot be read
     */
    static SafeTensors open(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            Path single = path.resolve(MODEL_FILE);
            Path index = path.resolve(INDEX_FILE);
            if (!Files.exists(single) && !Files.exists(index)) {
                throw new NoSuchFileException(
                        path.toString(),
                        null,
                        "expected %s or %s, %s"
                                .formatted(MODEL_FILE, INDEX_FILE, MissingWeights.describe(path)));
            }
            return Files.exists(single)
                    ? SafeTensorsFile.open(single)
                    : ShardedSafeTensors.open(index);
        }
        return path.toString().endsWith(".index.json")
                ? ShardedSafeTensors.open(path)
                : SafeTensorsFile.open(path);
    }

    /**
     * Returns the names of all tensors.
     *
     * @return an unmodifiable set, in the order of the headers
     */
    Set<String> names();

    /**
     * Returns what the header says of a tensor.
     *
     * @param name the tensor
     * @return its dtype, shape and size
     * @throws IllegalArgumentException if there is no such tensor
     */
    TensorInfo info(String name);

    /**
     * Returns the free-form metadata of the headers.
     *
     * @return an unmodifiable map; of several shards, the first that has a key gives its value
     */
    Map<String, String> metadata();

    /**
     * Reads a tensor in its own dtype.
     *
     * @param manager the manager that will own the array and whose device it is on
     * @param name the tensor
     * @return a new array
     * @throws IllegalArgumentException if there is no such tensor
     * @throws InvalidSafeTensorsException if DJL cannot hold the dtype (BF16: use {@link
     *     #readFloat32} or {@link #readBytes}), or the file has changed
     */
    NDArray read(NDManager manager, String name) throws IOException;

    /**
     * Reads a floating-point tensor as float32. F16 and BF16 widen exactly; F64 rounds to nearest.
     *
     * @param manager the manager that will own the array and whose device it is on
     * @param name the tensor
     * @return a new float32 array
     * @throws IllegalArgumentException if there is no such tensor
     * @throws InvalidSafeTensorsException if the dtype is not F16, BF16, F32 or F64, or the file
     *     has changed
     */
    default NDArray readFloat32(NDManager manager, String name) throws IOException {
        return readAs(manager, name, TensorDtype.F32);
    }

    /**
     * Reads a floating-point tensor in another precision, rounding to nearest, ties to even, where
     * it narrows. Beside the array itself this takes some 16 MB for a while.
     *
     * <p>DJL does not know bfloat16: such an array reports DataType.UNKNOWN, and DJL's own calls
     * may end the JVM. Hand it to the operations of {@code org.lora4j.torch} alone.
     *
     * @param manager the manager that will own the array and whose device it is on
     * @param name the tensor
     * @param dtype F16, BF16, F32 or F64
     * @return a new array of that dtype
     * @throws IllegalArgumentException if there is no such tensor, or dtype is another one
     * @throws InvalidSafeTensorsException if the tensor's dtype is not one of these, or the file
     *     has changed
     */
    NDArray readAs(NDManager manager, String name, TensorDtype dtype) throws IOException;

    /**
     * Reads the bytes of a tensor of any dtype, for a caller that reinterprets them natively (a
     * bfloat16 view, a quantised block).
     *
     * @param manager the manager that will own the array and whose device it is on
     * @param name the tensor
     * @return a new uint8 array of shape (byteSize)
     * @throws IllegalArgumentException if there is no such tensor
     * @throws InvalidSafeTensorsException if the file has changed
     */
    NDArray readBytes(NDManager manager, String name) throws IOException;

    /**
     * Reads a part of a tensor's bytes as they lie in the file, little endian.
     *
     * @param name the tensor
     * @param offset the first byte, from the start of the tensor
     * @param target what is filled, from its position to its limit
     * @throws IllegalArgumentException if there is no such tensor, or it has no such bytes
     * @throws IllegalStateException if this is closed
     * @throws InvalidSafeTensorsException if the file has changed
     */
    void readInto(String name, long offset, ByteBuffer target) throws IOException;

    /** Closes the files; arrays that were read stay valid. */
    @Override
    void close();
}
