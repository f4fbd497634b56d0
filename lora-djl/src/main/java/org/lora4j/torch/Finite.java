/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;

/** Whether the numbers of an array are finite. Stateless; safe for use by any number of threads. */
public final class Finite {
    private static final long PART_ELEMENTS = 1L << 22;

    private Finite() {}

    /**
     * Looks at every element of an array, in parts.
     *
     * @param array any array, bfloat16 too; it stays open and unchanged
     * @return false if one is NaN or infinite; true for integers and for an empty array
     */
    public static boolean all(NDArray array) {
        DataType type = array.getDataType();
        long elements = array.size();
        if (elements == 0 || type.isInteger() || type.isBoolean()) {
            return true;
        }
        try (NDManager scratch = array.getManager().newSubManager()) {
            NDArray detached = array.stopGradient();
            detached.attach(scratch);
            NDArray flat = detached.reshape(elements);
            flat.attach(scratch);
            for (long start = 0; start < elements; start += PART_ELEMENTS) {
                long end = Math.min(elements, start + PART_ELEMENTS);
                try (NDManager part = scratch.newSubManager()) {
                    NDArray view = flat.get(new NDIndex().addSliceDim(start, end));
                    view.attach(part);
                    NDArray single = Torch.toFloat32(view);
                    single.attach(part);
                    NDArray zeros = single.sub(single); // NaN where an element is not finite
                    zeros.attach(part);
                    NDArray sum = zeros.sum();
                    sum.attach(part);
                    if (sum.getFloat() != 0) {
                        return false;
                    }
                }
            }
            return true;
        }
    }
}
