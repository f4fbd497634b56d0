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
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One memory-mapped safetensors file. Thread-safe. */
public final class SafeTensorsFile implements SafeTensors {
    private final Path path;
    private final SafeTensorsHeader header;
    private volatile @Nullable MappedFile mapped;

    private SafeTensorsFile(Path path, SafeTensorsHeader header, MappedFile mapped) {
        this.path = path;
        this.header = header;
        this.mapped = mapped;
    }

    /**
     * Opens a file and checks its header: the length against the file and a limit of 100 MB, strict
     * JSON, known dtypes, sizes that equal shape times dtype, and data without overlap, hole or
     * remainder.
     *
     * @param path the file
     * @return the open file; the caller closes it
     * @throws InvalidSafeTensorsException if a check fails
     * @throws IOException if the file is missing or cannot be read
     */
    public static SafeTensorsFile open(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            SafeTensorsHeader header = SafeTensorsHeader.read(path, channel);
            return new SafeTensorsFile(path, header, MappedFile.of(channel));
        }
    }

    /**
     * Returns where the file lies.
     *
     * @return the path as it was given
     */
    public Path path() {
        return path;
    }

    @Override
    public Set<String> names() {
        return header.tensors().keySet();
    }

    @Override
    public TensorInfo info(String name) {
        TensorInfo info = header.tensors().get(name);
        if (info == null) {
            throw new IllegalArgumentException("No tensor '" + name + "' in " + path);
        }
        return info;
    }

    @Override
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public NDArray read(NDManager manager, String name) throws IOException {
        return reader(name).read(manager);
    }

    @Override
    public NDArray readFloat32(NDManager manager, String name) throws IOException {
        return reader(name).readFloat32(manager);
    }

    @Override
    public NDArray readBytes(NDManager manager, String name) throws IOException {
        return reader(name).readBytes(manager);
    }

    @Override
    public ByteBuffer slice(String name, long offset, int length) {
        TensorInfo info = info(name);
        if (offset < 0
                || length < 0
                || length > MappedFile.MAX_SLICE
                || offset > info.byteSize() - length) {
            throw new IllegalArgumentException(
                    "Tensor '"
                            + name
                            + "' has bytes 0 to "
                            + info.byteSize()
                            + ", at most "
                            + MappedFile.MAX_SLICE
                            + " in one slice; asked for "
                            + length
                            + " from "
                            + offset);
        }
        return mapped().slice(header.dataStart() + info.offset() + offset, length);
    }

    @Override
    public void close() {
        mapped = null;
    }

    private TensorReader reader(String name) {
        TensorInfo info = info(name);
        return new TensorReader(path, name, info, mapped(), header.dataStart() + info.offset());
    }

    private MappedFile mapped() {
        MappedFile current = mapped;
        if (current == null) {
            throw new IllegalStateException(path + " is closed");
        }
        return current;
    }
}
