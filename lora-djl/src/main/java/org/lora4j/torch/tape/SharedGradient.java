/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.tape;

import ai.djl.ndarray.NDArray;

/** A gradient that several values may have in common while none of them changes it. */
final class SharedGradient {
    private NDArray array;
    private int holders = 1;

    SharedGradient(NDArray array) {
        this.array = array;
    }

    NDArray array() {
        return array;
    }

    /** Replaces the array by another handle of the same memory, or by another array. */
    void replace(NDArray other) {
        if (other != array) {
            array.close();
            array = other;
        }
    }

    boolean isShared() {
        return holders > 1;
    }

    SharedGradient share() {
        holders++;
        return this;
    }

    void release() {
        if (--holders == 0) {
            array.close();
        }
    }
}
