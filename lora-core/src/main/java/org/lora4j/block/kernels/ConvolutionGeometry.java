/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.kernels;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Convolution;

/**
 * How a convolution slides: its numbers beside the weight, with as many dimensions as the space
 * has.
 *
 * @param stride the step
 * @param padding zeros on each side
 * @param dilation the distance of the kernel's points
 * @param groups into how many groups channels are divided
 */
public record ConvolutionGeometry(Shape stride, Shape padding, Shape dilation, int groups) {
    /**
     * Returns a layer's geometry.
     *
     * @param layer the layer
     */
    public static ConvolutionGeometry of(Convolution layer) {
        return new ConvolutionGeometry(
                layer.getStride(), layer.getPadding(), layer.getDilation(), layer.getGroups());
    }

    /**
     * Returns the geometry of a convolution with kernel 1, stride 1 and no padding.
     *
     * @param groups its groups
     */
    public ConvolutionGeometry point(int groups) {
        int n = dimensions();
        return new ConvolutionGeometry(all(1, n), all(0, n), all(1, n), groups);
    }

    /**
     * Returns this geometry with other groups.
     *
     * @param value the groups
     */
    public ConvolutionGeometry withGroups(int value) {
        return new ConvolutionGeometry(stride, padding, dilation, value);
    }

    /** Returns how many dimensions the space has. */
    public int dimensions() {
        return stride.dimension();
    }

    private static Shape all(long value, int n) {
        Shape shape = new Shape();
        for (int i = 0; i < n; i++) {
            shape = shape.add(value);
        }
        return shape;
    }
}
