/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.ZipException;
import org.lora4j.safetensors.ByteSink;
import org.lora4j.safetensors.TensorData;

/**
 * The elements of a view of a storage in row-major order, whatever its strides: a contiguous one is
 * streamed, another gathered from the part of its storage that it spans.
 */
record StridedData(Path path, TorchContainer container, PickleValue.Tensor tensor)
        implements TensorData {
    private static final int BLOCK_BYTES = 1 << 16;
    private static final long MAX_SPAN_BYTES = 1L << 30;

    @Override
    public void writeTo(ByteSink out) throws IOException {
        int elementBytes = (int) tensor.dtype().byteSize(1);
        long elements = 1;
        long span = 1;
        for (int i = 0; i < tensor.shape().dimension(); i++) {
            long size = tensor.shape().get(i);
            if (size == 0) {
                return;
            }
            elements *= size;
            span += (size - 1) * tensor.strides().get(i);
        }
        PickleValue.Storage storage = tensor.storage();
        int storageUnit = storage.dtype() == null ? 1 : elementBytes;
        long from = storage.start() * storageUnit + tensor.offset() * elementBytes;
        try (InputStream in = container.open(storage, from)) {
            if (isContiguous()) {
                stream(in, elements * elementBytes, out);
            } else {
                gather(in, span * elementBytes, elementBytes, out);
            }
        } catch (PickleException e) {
            throw e.in(path);
        } catch (ZipException | EOFException e) {
            throw new InvalidTorchFileException(
                    path, "the data of a tensor is damaged (" + e.getMessage() + ")");
        }
    }

    private boolean isContiguous() {
        long expected = 1;
        for (int i = tensor.shape().dimension() - 1; i >= 0; i--) {
            long size = tensor.shape().get(i);
            if (size != 1 && tensor.strides().get(i) != expected) {
                return false;
            }
            expected *= size;
        }
        return true;
    }

    private static void stream(InputStream in, long bytes, ByteSink out) throws IOException {
        byte[] block = new byte[(int) Math.min(BLOCK_BYTES, bytes)];
        for (long left = bytes; left > 0; ) {
            int count = in.readNBytes(block, 0, (int) Math.min(block.length, left));
            if (count == 0) {
                throw new EOFException("a storage ends " + left + " bytes early");
            }
            out.write(ByteBuffer.wrap(block, 0, count));
            left -= count;
        }
    }

    private void gather(InputStream in, long span, int elementBytes, ByteSink out)
            throws IOException {
        if (span > MAX_SPAN_BYTES) {
            throw new PickleException(
                    "a tensor that is not contiguous spans %d bytes, more than are gathered: save"
                            + " tensor.contiguous()",
                    span);
        }
        byte[] source = in.readNBytes((int) span);
        if (source.length < span) {
            throw new EOFException("a storage ends " + (span - source.length) + " bytes early");
        }
        int last = tensor.shape().dimension() - 1;
        long[] index = new long[tensor.shape().dimension()];
        ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
        while (true) {
            long at = 0;
            for (int i = 0; i <= last; i++) {
                at += index[i] * tensor.strides().get(i);
            }
            for (long i = 0; i < tensor.shape().get(last); i++, at += tensor.strides().get(last)) {
                block.put(source, (int) (at * elementBytes), elementBytes);
                if (!block.hasRemaining()) {
                    out.write(block.flip());
                    block.clear();
                }
            }
            int axis = last - 1;
            while (axis >= 0 && ++index[axis] == tensor.shape().get(axis)) {
                index[axis--] = 0;
            }
            if (axis < 0) {
                break;
            }
        }
        out.write(block.flip());
    }
}
