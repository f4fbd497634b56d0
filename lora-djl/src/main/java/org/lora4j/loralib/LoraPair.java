/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;
import org.lora4j.torchfile.LazyTensor;

/**
 * The two matrices of one adapted module, and its base weight where the file has it.
 *
 * @param path the module's path
 * @param a the file's {@code path.lora_A}, two-dimensional
 * @param b the file's {@code path.lora_B}, two-dimensional
 * @param weight the base weight, or null where the file has none
 */
public record LoraPair(String path, LazyTensor a, LazyTensor b, @Nullable LazyTensor weight) {
    /**
     * Returns one length of A.
     *
     * @param axis 0 or 1
     * @return the length
     */
    public long a(int axis) {
        return a.shape().get(axis);
    }

    /**
     * Returns one length of B.
     *
     * @param axis 0 or 1
     * @return the length
     */
    public long b(int axis) {
        return b.shape().get(axis);
    }

    /**
     * Returns the shape of the base weight.
     *
     * @return the shape, or null where the file has no base weight
     */
    public @Nullable Shape weightShape() {
        return weight == null ? null : weight.shape();
    }
}
