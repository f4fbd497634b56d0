/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import org.jspecify.annotations.Nullable;

/**
 * A parameter's array without gradients, on the same memory. The view is made once, and again only
 * when the parameter gets another array. Thread-safe.
 */
public final class DetachedView {
    private final Parameter parameter;
    private volatile @Nullable View view;

    public DetachedView(Parameter parameter) {
        this.parameter = parameter;
    }

    public NDArray get() {
        NDArray array = parameter.getArray();
        View seen = view;
        return seen != null && seen.of == array ? seen.array : renew(array);
    }

    /**
     * Returns the array for a forward pass: without gradients, unless the pass trains.
     *
     * @param store where a training pass looks parameters up
     * @param device where the array is wanted
     * @param training whether gradients may be asked for
     */
    public NDArray value(ParameterStore store, Device device, boolean training) {
        return training || !parameter.getArray().getDevice().equals(device)
                ? store.getValue(parameter, device, training)
                : get();
    }

    private synchronized NDArray renew(NDArray array) {
        View seen = view;
        if (seen != null && seen.of == array) {
            return seen.array;
        }
        View made = new View(array, array.stopGradient());
        view = made;
        if (seen != null) {
            seen.array.close();
        }
        return made.array;
    }

    public synchronized void close() {
        View seen = view;
        view = null;
        if (seen != null) {
            seen.array.close();
        }
    }

    private record View(NDArray of, NDArray array) {}
}
