/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.lora4j.safetensors.ByteSink;

/** The values of A and B, asked for when they are written. */
@FunctionalInterface
public interface AdapterValues {
    /** A and B of zeros. */
    AdapterValues ZEROS =
            (adapter, isA, out) -> {
                long bytes =
                        adapter.dtype()
                                .byteSize(
                                        (isA ? adapter.shapeOfA() : adapter.shapeOfB()).getShape());
                ByteBuffer block = ByteBuffer.allocate((int) Math.min(bytes, 1 << 16));
                for (long left = bytes; left > 0; left -= block.limit()) {
                    block.clear().limit((int) Math.min(left, block.capacity()));
                    out.write(block.duplicate());
                }
            };

    /**
     * Writes one matrix, row-major and little endian in the adapter's dtype. It may be asked for
     * twice, and then gives the same bytes.
     *
     * @param adapter the adapter
     * @param isA whether A is meant, else B
     * @param out where to
     * @throws IOException if it cannot be read or written
     */
    void writeTo(ScriptAdapter adapter, boolean isA, ByteSink out) throws IOException;
}
