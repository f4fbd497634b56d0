/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.lora4j.files.AtomicFiles;
import org.lora4j.safetensors.ByteSink;
import org.lora4j.safetensors.TensorData;
import org.lora4j.torch.TensorDtype;

/**
 * Writes a state dict as torch.save does: a zip of stored entries whose pickle holds a dict of
 * contiguous tensors, which {@code torch.load(file, weights_only=True)} takes. The same tensors
 * give the same bytes, and the file appears whole or not at all. Not thread-safe.
 */
public final class TorchFileWriter {
    private static final String FOLDER = "archive/";

    /** The version of the format that torch 1.6 and later write. */
    private static final String VERSION = "3\n";

    /** The zip format's first day, so that a file does not say when it was written. */
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private final Map<String, LazyTensor> tensors = new LinkedHashMap<>();

    /** Creates a writer of no tensors. */
    public TorchFileWriter() {}

    /**
     * Adds an array in its own dtype. It must stay open and unchanged until the file is written.
     *
     * @param name the tensor's name, not yet added
     * @param array the array
     * @return this writer
     * @throws IllegalArgumentException if the name is taken or the dtype cannot be named
     */
    public TorchFileWriter add(String name, NDArray array) {
        return add(
                name,
                new LazyTensor(TensorData.dtypeOf(array), array.getShape(), TensorData.of(array)));
    }

    /**
     * Adds a tensor whose bytes come when they are written: twice, for the checksum before them.
     *
     * @param name the tensor's name, not yet added
     * @param tensor the tensor
     * @return this writer
     * @throws IllegalArgumentException if the name is taken or torch has no storage of the dtype
     */
    public TorchFileWriter add(String name, LazyTensor tensor) {
        StorageTypes.name(tensor.dtype());
        if (tensors.putIfAbsent(name, tensor) != null) {
            throw new IllegalArgumentException("Two tensors are named '" + name + "'");
        }
        return this;
    }

    /**
     * Writes the file, atomically.
     *
     * @param file the file, created or replaced
     * @throws IOException if it could not be written; then an old file is as it was
     */
    public void write(Path file) throws IOException {
        AtomicFiles.write(file, this::writeTo);
    }

    private void writeTo(OutputStream out) throws IOException {
        // Not closed: the stream belongs to whoever made it.
        ZipOutputStream zip = new ZipOutputStream(out);
        store(zip, "data.pkl", PickleWriter.stateDict(tensors));
        store(zip, "byteorder", "little".getBytes(StandardCharsets.US_ASCII));
        int key = 0;
        for (LazyTensor tensor : tensors.values()) {
            Shape shape = tensor.shape();
            TensorDtype dtype = tensor.dtype();
            store(zip, "data/" + key++, dtype.byteSize(shape.getShape()), tensor.data());
        }
        store(zip, "version", VERSION.getBytes(StandardCharsets.US_ASCII));
        zip.finish();
    }

    private static void store(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        store(zip, name, bytes.length, TensorData.of(ByteBuffer.wrap(bytes)));
    }

    private static void store(ZipOutputStream zip, String name, long size, TensorData data)
            throws IOException {
        CRC32 checksum = new CRC32();
        data.writeTo(checksum::update);
        ZipEntry entry = new ZipEntry(FOLDER + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setTimeLocal(TIME);
        entry.setSize(size);
        entry.setCompressedSize(size);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        data.writeTo(ByteSink.to(zip));
        // Fails where data gave other bytes, or more or fewer, than the first time.
        zip.closeEntry();
    }
}
