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
import org.lora4j.files.InputFile;
import org.lora4j.files.Opened;
import org.lora4j.files.Uninterrupted;
import org.lora4j.torch.TensorDtype;

/** One open safetensors file. Thread-safe. */
public final class SafeTensorsFile implements SafeTensors {
    private final Path path;
    private final SafeTensorsHeader header;
    private final OpenFile file;

    private SafeTensorsFile(Path path, SafeTensorsHeader header, OpenFile file) {
        this.path = path;
        this.header = header;
        this.file = file;
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
        return Uninterrupted.call(() -> opened(path));
    }

    private static SafeTensorsFile opened(Path path) throws IOException {
        InputFile.requireRegular(path);
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        return Opened.orClose(
                channel,
                () -> {
                    SafeTensorsHeader header = SafeTensorsHeader.read(path, channel);
                    return new SafeTensorsFile(path, header, new OpenFile(path, channel));
                });
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
    public NDArray readAs(NDManager manager, String name, TensorDtype dtype) throws IOException {
        return reader(name).readAs(manager, dtype);
    }

    @Override
    public NDArray readBytes(NDManager manager, String name) throws IOException {
        return reader(name).readBytes(manager);
    }

    @Override
    public void readInto(String name, long offset, ByteBuffer target) throws IOException {
        TensorInfo info = info(name);
        if (offset < 0 || offset > info.byteSize() - target.remaining()) {
            throw new IllegalArgumentException(
                    "Tensor '%s' has bytes 0 to %d; asked for %d from %d"
                            .formatted(name, info.byteSize(), target.remaining(), offset));
        }
        file.fill(target, header.dataStart() + info.offset() + offset, name);
    }

    @Override
    public void close() {
        file.close();
    }

    private TensorReader reader(String name) {
        TensorInfo info = info(name);
        return new TensorReader(path, name, info, file, header.dataStart() + info.offset());
    }
}
