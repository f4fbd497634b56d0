/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.merge;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.lora4j.torch.Torch;

/** Arrays in other precisions, each an array of a scope. */
final class Precision {
    private Precision() {}

    /** Returns an array in the precision of another. */
    static NDArray like(NDManager scope, NDArray array, NDArray other) {
        return owned(scope, array, Torch.toTypeOf(array, other));
    }

    /** Returns an array in float32. */
    static NDArray single(NDManager scope, NDArray array) {
        return owned(scope, array, Torch.toFloat32(array));
    }

    private static NDArray owned(NDManager scope, NDArray before, NDArray after) {
        if (after != before) {
            after.attach(scope);
        }
        return after;
    }
}
