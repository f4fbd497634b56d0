/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.tensors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
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
        Torch.copyAllInto(copied(), live());
    }

    /** Writes the copy back into the tensors. */
    public void restore() {
        Torch.copyAllInto(live(), copied());
    }

    /** Returns the copy's arrays by path. */
    public Map<String, NDArray> byPath() {
        return Collections.unmodifiableMap(copies);
    }

    private NDList live() {
        return new NDList(tensors.byPath().values());
    }

    private NDList copied() {
        NDList copied = new NDList();
        for (String path : tensors.byPath().keySet()) {
            copied.add(Objects.requireNonNull(copies.get(path), path));
        }
        return copied;
    }
}
