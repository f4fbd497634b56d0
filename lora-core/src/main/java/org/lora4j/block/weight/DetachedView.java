/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * A parameter's array seen without gradients: the same memory, made once and again only when the
 * parameter's array is another. Thread-safe.
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
