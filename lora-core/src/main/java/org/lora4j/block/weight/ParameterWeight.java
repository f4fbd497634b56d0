/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import org.lora4j.block.kernels.LoraKernels;

/**
 * A frozen weight that is a DJL parameter.
 *
 * @param parameter the parameter, initialised
 */
public record ParameterWeight(Parameter parameter) implements FrozenWeight {
    @Override
    public Shape getShape() {
        return parameter.getArray().getShape();
    }

    @Override
    public NDArray plus(LoraKernels kernels, NDArray delta) {
        return kernels.merge(parameter.getArray(), delta);
    }

    @Override
    public NDArray array() {
        return parameter.getArray();
    }

    @Override
    public boolean requiresGradient() {
        return parameter.getArray().hasGradient();
    }
}
