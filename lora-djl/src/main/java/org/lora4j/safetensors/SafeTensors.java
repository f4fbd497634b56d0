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
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * Tensors by name, in one safetensors file or in the shards of a model.
 *
 * <p>The files are memory-mapped. An array that was read is a copy in native memory: it belongs to
 * the manager it was asked of, and outlives this object. A {@link #slice} is the mapped file
 * itself: it stays valid as long as the buffer is reachable, even after {@link #close}.
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
            return Files.exists(single)
                    ? SafeTensorsFile.open(single)
                    : ShardedSafeTensors.open(path.resolve(INDEX_FILE));
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
    NDArray readFloat32(NDManager manager, String name) throws IOException;

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
     * Returns a part of a tensor's bytes as they lie in the mapped file: read-only, little endian,
     * nothing copied.
     *
     * @param name the tensor
     * @param offset the first byte, from the start of the tensor
     * @param length how many bytes, at most 1 GiB
     * @return a view of the file
     * @throws IllegalArgumentException if there is no such tensor, or it has no such bytes
     */
    ByteBuffer slice(String name, long offset, int length);

    /**
     * Returns all bytes of a tensor as they lie in the mapped file: read-only, little endian,
     * nothing copied.
     *
     * @param name the tensor, of at most 1 GiB
     * @return a view of the file
     * @throws IllegalArgumentException if there is no such tensor, or it is larger: take it in
     *     parts by {@link #slice(String, long, int)}
     */
    default ByteBuffer slice(String name) {
        long size = info(name).byteSize();
        if (size > MappedFile.MAX_SLICE) {
            throw new IllegalArgumentException(
                    "Tensor '"
                            + name
                            + "' has "
                            + size
                            + " bytes, more than one buffer's "
                            + MappedFile.MAX_SLICE
                            + ": take it in parts by slice(name, offset, length)");
        }
        return slice(name, 0, (int) size);
    }

    /** Forgets the files; arrays and slices taken before stay valid. */
    @Override
    void close();
}
