/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/** Numbers that Java drew, in memory of the engine. */
final class DrawnArray {
    private DrawnArray() {}

    /** Returns the numbers as an array of the same device as another, in the other's manager. */
    static NDArray beside(NDArray other, Shape shape, float[] values) {
        NDManager manager = other.getManager();
        Device device = other.getDevice();
        try (NDArray drawn = manager.create(values, shape)) {
            // DJL's toDevice shares memory where the device is the same, even when asked to copy,
            // and this memory is Java's: it would go with the array that was drawn
            NDArray own =
                    drawn.getDevice().equals(device)
                            ? drawn.duplicate()
                            : drawn.toDevice(device, true);
            own.attach(manager);
            return own;
        }
    }
}
