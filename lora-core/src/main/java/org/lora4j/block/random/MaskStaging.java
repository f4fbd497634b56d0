/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.random;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A piece of direct memory through which masks are copied into native arrays. It is allocated when
 * the first mask is drawn; masks use no other Java memory. Not thread-safe.
 */
public final class MaskStaging {
    /** The size of the piece. */
    public static final int BYTES = 1 << 20;

    private static final int PIECE = 1 << 14;

    private final int[] words = new int[PIECE / Integer.BYTES];
    private final byte[] bytes = new byte[PIECE];
    private final ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    private @Nullable ByteBuffer memory;

    /** Returns the memory, {@value #BYTES} bytes, empty. */
    ByteBuffer cleared() {
        if (memory == null) {
            memory = ByteBuffer.allocateDirect(BYTES);
        }
        return memory.clear();
    }

    /** Drops the memory. */
    public void free() {
        memory = null;
    }

    /**
     * Writes channels of a row, as many as there is room for.
     *
     * @param out where to
     * @param key the row's key
     * @param first the first channel
     * @param channels the row's channels
     * @param threshold see {@link DropoutMask}
     * @return the channel after the last that was written
     */
    int put(ByteBuffer out, long key, int first, int channels, int threshold) {
        int at = first;
        while (at < channels && out.hasRemaining()) {
            int count = Math.min(Math.min(PIECE, channels - at), out.remaining());
            int whole = (count + Integer.BYTES - 1) / Integer.BYTES;
            DropoutMask.fill(words, whole, key, at, threshold);
            view.asIntBuffer().put(words, 0, whole);
            out.put(bytes, 0, count);
            at += count;
        }
        return at;
    }
}
