/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A file mapped read-only in windows, since one Java buffer ends at 2 GiB. A window begins at every
 * GiB and is nearly two long, so any GiB lies whole in one of them.
 *
 * <p>The channel is not kept: nothing holds a file descriptor, and an interrupted thread cannot
 * close the file for the others. The operating system unmaps a window once neither this object nor
 * a slice of it is reachable.
 */
final class MappedFile {
    /** The longest slice that is always within one window. */
    static final int MAX_SLICE = 1 << 30;

    private final List<ByteBuffer> windows;

    private MappedFile(List<ByteBuffer> windows) {
        this.windows = windows;
    }

    static MappedFile of(FileChannel channel) throws IOException {
        long size = channel.size();
        List<ByteBuffer> windows = new ArrayList<>();
        for (long start = 0; start < size; start += MAX_SLICE) {
            long length = Math.min(size - start, Integer.MAX_VALUE);
            MappedByteBuffer window = channel.map(FileChannel.MapMode.READ_ONLY, start, length);
            windows.add(window);
        }
        return new MappedFile(windows);
    }

    /** The bytes [position, position + length) as a little-endian view of the mapped file. */
    ByteBuffer slice(long position, int length) {
        if (length == 0) {
            return ByteBuffer.allocateDirect(0).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
        }
        int window = (int) (position / MAX_SLICE);
        int start = (int) (position % MAX_SLICE);
        return windows.get(window).slice(start, length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
