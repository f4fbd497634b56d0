/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Memory that is lent to one product after another, so that the system need not give it anew each
 * time: as many arrays as threads have asked at once, each of the size of the largest matrix.
 * Thread-safe.
 */
public final class SpareRoom {
    private final NDManager manager;
    private final Deque<NDArray> free = new ArrayDeque<>();

    /**
     * Begins with none.
     *
     * @param manager who owns the memory, and frees it when it is closed
     */
    public SpareRoom(NDManager manager) {
        this.manager = manager;
    }

    /**
     * Lends an array.
     *
     * @param type the dtype
     * @param size how many numbers it has at least
     * @param made makes a flat array of that dtype and size where none is free
     */
    public NDArray lend(DataType type, long size, Supplier<NDArray> made) {
        NDArray found = take(type, size);
        if (found != null) {
            return found;
        }
        NDArray array = made.get();
        array.attach(manager);
        return array;
    }

    private synchronized @Nullable NDArray take(DataType type, long size) {
        for (Iterator<NDArray> each = free.iterator(); each.hasNext(); ) {
            NDArray array = each.next();
            if (array.getDataType() == type) {
                each.remove();
                if (array.size() >= size) {
                    return array;
                }
                array.close(); // a larger one takes its place
                return null;
            }
        }
        return null;
    }

    /** Takes an array back. */
    public synchronized void giveBack(NDArray array) {
        free.push(array);
    }
}
