/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import org.jspecify.annotations.Nullable;

/** Makes DJL's own linear layer of arrays, initialised and frozen. */
public final class PlainLinear {
    private PlainLinear() {}

    public static Linear of(NDArray weight, @Nullable NDArray bias) {
        Shape shape = weight.getShape();
        Linear linear = Linear.builder().setUnits(shape.get(0)).optBias(bias != null).build();
        set(linear, "weight", weight);
        if (bias != null) {
            set(linear, "bias", bias);
        }
        linear.initialize(weight.getManager(), weight.getDataType(), new Shape(1, shape.get(1)));
        return linear;
    }

    private static void set(Linear linear, String name, NDArray array) {
        Parameter parameter = linear.getDirectParameters().get(name);
        parameter.setArray(array);
        parameter.freeze(true);
    }
}
