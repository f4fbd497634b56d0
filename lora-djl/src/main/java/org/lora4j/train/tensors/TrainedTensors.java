/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.tensors;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.Autograd;

/** The tensors that a training changes, by path, after a check that they can be trained. */
public final class TrainedTensors {
    private final Map<String, NDArray> byPath;
    private final List<NDArray> arrays;

    private TrainedTensors(Map<String, NDArray> byPath) {
        this.byPath = byPath;
        arrays = List.copyOf(byPath.values());
    }

    /**
     * Checks the tensors that a task wants trained.
     *
     * @throws IllegalStateException naming every tensor that cannot be trained
     */
    public static TrainedTensors of(Map<String, NDArray> trainable) {
        if (trainable.isEmpty()) {
            throw new IllegalStateException(
                    "the model has nothing to train: no tensor requires gradients; add an adapter,"
                            + " or unfreeze what full fine-tuning is to change");
        }
        List<String> wrong = new ArrayList<>();
        Set<NDArray> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Device device = trainable.values().iterator().next().getDevice();
        trainable.forEach(
                (path, array) -> {
                    if (!seen.add(array)) {
                        wrong.add(path + " is a tensor that is listed twice");
                    }
                    String problem = problem(array, device);
                    if (problem != null) {
                        wrong.add(path + " " + problem);
                    }
                });
        if (!wrong.isEmpty()) {
            throw new IllegalStateException("cannot train: " + String.join("; ", wrong));
        }
        return new TrainedTensors(new LinkedHashMap<>(trainable));
    }

    private static @Nullable String problem(NDArray array, Device device) {
        if (array.getDataType() != DataType.FLOAT32) {
            return "is " + array.getDataType() + "; expected float32";
        }
        if (!array.hasGradient()) {
            return "does not require gradients; expected setRequiresGradient(true)";
        }
        if (!array.getDevice().equals(device)) {
            return "is on " + array.getDevice() + "; expected " + device + ", as the others";
        }
        try (NDManager scope = array.getManager().newSubManager()) {
            NDArray norm = Autograd.norm(new NDList(array));
            norm.attach(scope);
            return Float.isFinite(norm.getFloat()) ? null : "holds NaN or infinite values";
        }
    }

    /** Returns the tensors by path; the arrays themselves, not copies. */
    public Map<String, NDArray> byPath() {
        return Collections.unmodifiableMap(byPath);
    }

    /** Returns the tensors in order. */
    public List<NDArray> arrays() {
        return arrays;
    }

    /** Returns the paths in the same order. */
    public List<String> paths() {
        return List.copyOf(byPath.keySet());
    }

    /** Returns the device of all tensors. */
    public Device device() {
        return arrays.get(0).getDevice();
    }

    /** Returns how many numbers are trained. */
    public long size() {
        return arrays.stream().mapToLong(NDArray::size).sum();
    }

    /** Returns whether the norm of all tensors together is a finite number. */
    public boolean isFinite() {
        try (NDManager scope = arrays.get(0).getManager().newSubManager()) {
            NDArray norm = Autograd.norm(new NDList(arrays));
            norm.attach(scope);
            return Float.isFinite(norm.getFloat());
        }
    }
}
