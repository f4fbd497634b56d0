/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import ai.djl.ndarray.types.Shape;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.lora4j.safetensors.ByteSink;

/**
 * The elements of a view of a storage in row-major order, whatever its strides: a contiguous one is
 * streamed, another gathered from the part of its storage that it spans.
 *
 * @param elementBytes the bytes of an element
 * @param shape the dimensions
 * @param strides the distance of neighbours in each dimension, in elements
 */
public record StridedView(int elementBytes, Shape shape, Shape strides) {
    private static final int BLOCK_BYTES = 1 << 16;
    private static final long MAX_SPAN_BYTES = 1L << 30;

    /**
     * Reads the view. Its numbers must have been checked against the storage.
     *
     * @param in the storage from the view's first element on; the caller closes it
     * @param out takes the elements
     * @throws PickleException if a view that is not contiguous spans more than 1 GiB
     * @throws EOFException if the storage ends early
     * @throws IOException if it cannot be read
     */
    public void read(InputStream in, ByteSink out) throws IOException {
        long elements = 1;
        long span = 1;
        for (int i = 0; i < shape.dimension(); i++) {
            long size = shape.get(i);
            if (size == 0) {
                return;
            }
            elements *= size;
            span += (size - 1) * strides.get(i);
        }
        if (isContiguous()) {
            stream(in, elements * elementBytes, out);
        } else {
            gather(in, span * elementBytes, out);
        }
    }

    /** Returns whether the elements lie in row-major order without gaps. */
    public boolean isContiguous() {
        long expected = 1;
        for (int i = shape.dimension() - 1; i >= 0; i--) {
            long size = shape.get(i);
            if (size != 1 && strides.get(i) != expected) {
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

    private void gather(InputStream in, long span, ByteSink out) throws IOException {
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
        int last = shape.dimension() - 1;
        long[] index = new long[shape.dimension()];
        ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
        while (true) {
            long at = 0;
            for (int i = 0; i <= last; i++) {
                at += index[i] * strides.get(i);
            }
            for (long i = 0; i < shape.get(last); i++, at += strides.get(last)) {
                block.put(source, (int) (at * elementBytes), elementBytes);
                if (!block.hasRemaining()) {
                    out.write(block.flip());
                    block.clear();
                }
            }
            int axis = last - 1;
            while (axis >= 0 && ++index[axis] == shape.get(axis)) {
                index[axis--] = 0;
            }
            if (axis < 0) {
                break;
            }
        }
        out.write(block.flip());
    }
}
