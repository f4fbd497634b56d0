/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import ai.djl.ndarray.NDArray;
import java.util.Map;
import java.util.Objects;

/** Tensors by name that are known to be there. */
final class NDArrays {
    private NDArrays() {}

    static NDArray array(Map<String, NDArray> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    static float[] floats(Map<String, NDArray> tensors, String name) {
        return array(tensors, name).toFloatArray();
    }
}
