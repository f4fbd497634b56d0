/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.tensors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.lora4j.torch.Torch;

/** A place for one copy of the trained tensors, reused by each {@link #take}. */
public final class TensorCopy {
    private final TrainedTensors tensors;
    private final Map<String, NDArray> copies = new LinkedHashMap<>();

    /** Makes room for a copy, all zeros; the manager owns it. */
    public TensorCopy(TrainedTensors tensors, NDManager manager) {
        this.tensors = tensors;
        tensors.byPath()
                .forEach(
                        (path, array) ->
                                copies.put(
                                        path, manager.zeros(array.getShape(), DataType.FLOAT32)));
    }

    /** Copies the tensors as they are now. */
    public void take() {
        tensors.byPath().forEach((path, array) -> Torch.copyInto(copy(path), array));
    }

    /** Writes the copy back into the tensors. */
    public void restore() {
        tensors.byPath().forEach((path, array) -> Torch.copyInto(array, copy(path)));
    }

    /** Returns the copy's arrays by path. */
    public Map<String, NDArray> byPath() {
        return Collections.unmodifiableMap(copies);
    }

    private NDArray copy(String path) {
        return Objects.requireNonNull(copies.get(path), path);
    }
}
