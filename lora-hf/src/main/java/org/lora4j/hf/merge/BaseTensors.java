/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.merge;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.Map;
import org.lora4j.hf.model.TensorSource;
import org.lora4j.torch.TensorDtype;

/**
 * The tensors of a base by their paths in the model, read when they are asked for.
 *
 * @param tensors the file's
 * @param names their names in the file, by path; a path may be added
 * @param dtype the precision in which they are read
 */
record BaseTensors(TensorSource tensors, Map<String, String> names, TensorDtype dtype) {
    boolean has(String path) {
        return names.containsKey(path);
    }

    Shape shape(String path) {
        return tensors.shape(name(path));
    }

    NDArray read(NDManager scope, String path) throws IOException {
        return tensors.read(scope, name(path), dtype);
    }

    /** Returns whether two tensors have the same numbers. */
    boolean areEqual(NDManager manager, String one, String other) throws IOException {
        try (NDManager scope = manager.newSubManager()) {
            return isEqual(read(scope, one), other);
        }
    }

    /** Returns whether an array has the numbers of a tensor, in this precision. */
    boolean isEqual(NDArray array, String path) throws IOException {
        if (!array.getShape().equals(shape(path))) {
            return false;
        }
        try (NDManager scope = array.getManager().newSubManager()) {
            NDArray own = read(scope, path);
            NDArray cast = Precision.like(scope, array, own);
            return Precision.single(scope, own).contentEquals(Precision.single(scope, cast));
        }
    }

    private String name(String path) {
        String found = names.get(path);
        if (found == null) {
            throw new IllegalArgumentException("there is no tensor " + path);
        }
        return found;
    }
}
