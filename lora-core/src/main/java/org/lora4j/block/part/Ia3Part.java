/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.util.Map;
import org.lora4j.block.pass.AdapterNames;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.DetachedView;

/**
 * The vector of one adapter on a layer, in float32: of a linear layer [1, in] where it is a
 * feedforward one, else [out, 1]; of a convolution [1, in, 1..] or [1, out, 1..].
 */
final class Ia3Part implements Part {
    /** PEFT's name of the vector below the module's path. */
    static final String SUFFIX = "ia3_l";

    final boolean feedforward;
    final Parameter vector;
    final DetachedView view;

    Ia3Part(String key, NDManager manager, Shape shape, boolean feedforward) {
        this.feedforward = feedforward;
        NDArray ones = manager.ones(shape, DataType.FLOAT32);
        String name = SUFFIX + "@" + AdapterNames.nameOf(key);
        this.vector = BlockWeights.parameter(name, Parameter.Type.WEIGHT, ones, true);
        this.view = new DetachedView(vector);
    }

    @Override
    public Map<String, Parameter> tensors() {
        return Map.of(SUFFIX, vector);
    }

    @Override
    public String numbers() {
        return feedforward ? "a vector on the input" : "a vector on the output";
    }

    @Override
    public void close() {
        view.close();
        vector.close();
    }
}
