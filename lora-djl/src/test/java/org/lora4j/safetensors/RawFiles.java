/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files built byte by byte, so that they can be wrong. */
public final class RawFiles {
    private RawFiles() {}

    /** A tensor's bytes as they lie in the file. */
    static ByteBuffer bytes(SafeTensors file, String name) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) file.info(name).byteSize());
        file.readInto(name, 0, bytes);
        return bytes.flip();
    }

    public static Path write(Path file, String header, int dataBytes) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return write(file, json.length, json, dataBytes);
    }

    public static Path write(Path file, long statedLength, byte[] header, int dataBytes)
            throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(statedLength).put(header);
        return Files.write(file, bytes.array());
    }
}
