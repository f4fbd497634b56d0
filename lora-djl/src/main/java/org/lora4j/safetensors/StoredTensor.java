/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of a tensor in an open file, whatever its dtype.
 *
 * @param source the file, open as long as the tensor is read
 * @param name the tensor
 */
public record StoredTensor(SafeTensors source, String name) implements TensorData {
    @Override
    public void writeTo(ByteSink out) throws IOException {
        long size = source.info(name).byteSize();
        ByteBuffer part = ByteBuffer.allocateDirect((int) Math.min(size, 1 << 22));
        for (long offset = 0; offset < size; offset += part.capacity()) {
            part.clear().limit((int) Math.min(part.capacity(), size - offset));
            source.readInto(name, offset, part);
            out.write(part.flip());
        }
    }
}
