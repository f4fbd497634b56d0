/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.pytorch.jni.JniUtils;
import org.lora4j.torch.engine.TorchEngine;

/**
 * How many threads libtorch's operations run on, for the whole process. Bits repeat from run to run
 * only with the same number. Thread-safe; to be set before the first operation.
 */
public final class TorchThreads {
    private TorchThreads() {}

    /**
     * Sets the number of threads within an operation.
     *
     * @param count at least 1
     * @throws IllegalArgumentException if it is less than 1
     */
    public static void set(int count) {
        if (count < 1) {
            throw new IllegalArgumentException(count + " threads; expected 1 or more");
        }
        TorchEngine.get(); // its start sets the number as well
        JniUtils.setNumThreads(count);
    }

    /** Returns the number of threads within an operation. */
    public static int get() {
        TorchEngine.get();
        return JniUtils.getNumThreads();
    }
}
