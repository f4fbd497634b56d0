/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.modernbert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.jspecify.annotations.Nullable;

/**
 * What all layers read beside their own input.
 *
 * @param arrays cosines and sines of layers that see a whole text, those of layers that see a
 *     window [N, r]; and the window [1, T, T], where a text is longer than it
 */
record SharedArrays(NDList arrays) {
    private static final int WINDOW = 4;

    NDArray cos(boolean local) {
        return arrays.get(local ? 2 : 0);
    }

    NDArray sin(boolean local) {
        return arrays.get(local ? 3 : 1);
    }

    @Nullable NDArray window(boolean local) {
        return local && arrays.size() > WINDOW ? arrays.get(WINDOW) : null;
    }
}
