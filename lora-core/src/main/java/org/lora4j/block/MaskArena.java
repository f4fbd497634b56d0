/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Direct memory for the masks of one step, handed out in pieces and used again by the next step, so
 * that it stays as large as the largest step. Not thread-safe.
 */
final class MaskArena {
    private static final int CHUNK_BYTES = 1 << 22;
    private static final int ALIGNMENT = 64;

    private final List<ByteBuffer> chunks = new ArrayList<>();
    private int chunk;

    /** Hands all memory out anew. */
    void reset() {
        chunk = 0;
        chunks.forEach(ByteBuffer::clear);
    }

    /** Lets go of the memory. */
    void free() {
        chunks.clear();
        chunk = 0;
    }

    /** Returns how many bytes the arena holds. */
    long capacity() {
        return chunks.stream().mapToLong(ByteBuffer::capacity).sum();
    }

    /** Takes aligned memory in native order from the current chunk, or from the next that fits. */
    ByteBuffer take(int bytes) {
        int padded = Math.addExact(bytes, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        while (chunk < chunks.size()) {
            ByteBuffer memory = chunks.get(chunk);
            if (memory.remaining() >= padded) {
                return slice(memory, bytes, padded);
            }
            if (memory.position() == 0) {
                break; // nothing of this step lies in it: it may grow
            }
            chunk++;
        }
        int size = Math.max(CHUNK_BYTES, Math.addExact(padded, 2 * ALIGNMENT));
        ByteBuffer grown = ByteBuffer.allocateDirect(size).alignedSlice(ALIGNMENT);
        if (chunk < chunks.size()) {
            chunks.set(chunk, grown);
        } else {
            chunks.add(grown);
        }
        return slice(grown, bytes, padded);
    }

    private static ByteBuffer slice(ByteBuffer memory, int bytes, int padded) {
        ByteBuffer slice = memory.slice(memory.position(), bytes);
        memory.position(memory.position() + padded);
        return slice.order(ByteOrder.nativeOrder());
    }
}
