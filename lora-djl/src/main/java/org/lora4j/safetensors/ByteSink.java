/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Takes the bytes of a tensor, part by part. */
@FunctionalInterface
public interface ByteSink {
    /**
     * Takes the next bytes.
     *
     * @param bytes the bytes from the buffer's position to its limit; all of them are taken
     * @throws IOException if they cannot be written
     */
    void write(ByteBuffer bytes) throws IOException;

    /**
     * A sink that writes to a stream. (A channel over a stream would close when the thread is
     * interrupted.)
     *
     * @param out the stream; the caller closes it
     * @return the sink
     */
    static ByteSink to(OutputStream out) {
        byte[] piece = new byte[1 << 16];
        return bytes -> {
            while (bytes.hasRemaining()) {
                int count = Math.min(bytes.remaining(), piece.length);
                bytes.get(piece, 0, count);
                out.write(piece, 0, count);
            }
        };
    }
}
