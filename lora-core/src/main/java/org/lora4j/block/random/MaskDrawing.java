/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.random;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One mask that is being drawn into a native array of booleans, of any size, row by row.
 *
 * <p>Closing it closes the array, unless {@link #finish} handed it out.
 */
public final class MaskDrawing implements AutoCloseable {
    private final NDManager manager;
    private final long size;
    private final int threshold;
    private final MaskStaging staging;
    private final ByteBuffer memory;
    private @Nullable NDArray array;
    private long written;

    public MaskDrawing(NDManager manager, long size, double p, MaskStaging staging) {
        this.manager = manager;
        this.size = size;
        this.staging = staging;
        threshold = DropoutMask.threshold(p);
        memory = staging.cleared();
    }

    /** Draws the next row. */
    public void row(long key, int channels) {
        int next = staging.put(memory, key, 0, channels, threshold);
        while (next < channels) {
            flush();
            next = staging.put(memory, key, next, channels, threshold);
        }
    }

    private NDArray flush() {
        if (array == null) {
            array = manager.create(new Shape(size), DataType.BOOLEAN);
        }
        memory.flip();
        int count = memory.limit();
        if (count > 0) {
            Shape shape = new Shape(count);
            try (NDArray piece = manager.create(memory, shape, DataType.BOOLEAN)) {
                array.set(new NDIndex(written + ":" + (written + count)), piece);
            }
        }
        written += count;
        memory.clear();
        return array;
    }

    /**
     * Returns the mask, which belongs to the manager.
     *
     * @param shape of as many elements as were drawn
     */
    public NDArray finish(Shape shape) {
        if (array == null && memory.position() > 0) {
            memory.flip();
            try (NDArray piece = manager.create(memory, shape, DataType.BOOLEAN)) {
                return piece.duplicate(); // the piece reads our memory
            }
        }
        return flush().reshape(shape);
    }

    @Override
    public void close() {
        if (array != null) {
            array.close();
        }
    }
}
