/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.passthrough.PassthroughNDArray;
import ai.djl.util.passthrough.PassthroughNDManager;

/** An array that has a shape and no elements: blocks are built on it without an engine. */
final class ShapeOnlyArray extends PassthroughNDArray {
    ShapeOnlyArray(Shape shape) {
        super(PassthroughNDManager.INSTANCE, "no elements", shape, DataType.FLOAT32);
    }

    @Override
    public void setRequiresGradient(boolean requiresGrad) {
        // a block freezes the weights that it is given; there is nothing here to freeze
    }
}
