/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.hf.merge.MergedTensors;

/** Where a model's weights come from, one after another: from memory or from files. */
public interface WeightSource {
    /** Returns the shapes by the weights' names in transformers, in the model's order. */
    Map<String, Shape> shapes();

    /** Returns the manager whose sub-managers are scopes to read in. */
    NDManager manager();

    /** Returns a weight that a scope owns. */
    NDArray read(NDManager scope, String path) throws IOException;

    /** Reads arrays, which stay whose they are. */
    static WeightSource of(NDManager manager, Map<String, NDArray> arrays) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        arrays.forEach((path, array) -> shapes.put(path, array.getShape()));
        return new WeightSource() {
            @Override
            public Map<String, Shape> shapes() {
                return shapes;
            }

            @Override
            public NDManager manager() {
                return manager;
            }

            @Override
            public NDArray read(NDManager scope, String path) {
                NDArray array = arrays.get(path);
                if (array == null) {
                    throw new IllegalArgumentException("there is no weight " + path);
                }
                NDArray own = array.stopGradient();
                own.attach(scope);
                return own;
            }
        };
    }

    /** Reads files, and merges as it reads. */
    static WeightSource of(MergedTensors tensors) {
        return new WeightSource() {
            @Override
            public Map<String, Shape> shapes() {
                return tensors.shapes();
            }

            @Override
            public NDManager manager() {
                return tensors.manager();
            }

            @Override
            public NDArray read(NDManager scope, String path) throws IOException {
                return tensors.read(scope, path);
            }
        };
    }
}
