/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/** Which kernel multiplies activations by a frozen weight. */
final class Products {
    private static final boolean DIRECT = Boolean.getBoolean("lora4j.direct");

    private Products() {}

    /** Returns whether oneDNN multiplies itself, in place of ATen's choice. */
    static boolean isDirect(NDArray x, NDArray w) {
        return DIRECT
                && x.getDataType() == DataType.FLOAT32
                && w.getDataType() == DataType.FLOAT32
                && !x.getDevice().isGpu();
    }
}
