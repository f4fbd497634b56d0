/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.io.IOException;

/** Goes through the elements of an array in parts, each of which is a view. */
final class ArrayParts {
    /** What is done with a part that begins at an element. */
    interface Work {
        void on(NDArray part, long start) throws IOException;
    }

    private ArrayParts() {}

    /** Calls the work with parts of so many elements, and with the rest. */
    static void forEach(NDArray array, long step, Work work) throws IOException {
        long elements = array.size();
        if (elements == 0) {
            return;
        }
        try (NDManager scratch = array.getManager().newSubManager()) {
            NDArray detached = array.stopGradient();
            detached.attach(scratch);
            NDArray flat = detached.reshape(elements);
            flat.attach(scratch);
            for (long start = 0; start < elements; start += step) {
                try (NDArray part = slice(flat, start, Math.min(elements, start + step))) {
                    work.on(part, start);
                }
            }
        }
    }

    /** A view of the elements of a vector from one to another, which is left out. */
    static NDArray slice(NDArray vector, long from, long to) {
        return vector.get(new NDIndex().addSliceDim(from, to));
    }
}
