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

    /** Returns the most threads that may be set: four for each processor, and at least 64. */
    public static int most() {
        return Math.max(64, 4 * Runtime.getRuntime().availableProcessors());
    }

    /**
     * Sets the number of threads within an operation.
     *
     * @param count from 1 to {@link #most}; OpenMP would make any number of them, and a hundred
     *     thousand take minutes to start and cannot be stopped
     * @throws IllegalArgumentException if it is out of range
     */
    public static void set(int count) {
        if (count < 1 || count > most()) {
            throw new IllegalArgumentException(
                    "%d threads; expected 1 to %d".formatted(count, most()));
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
