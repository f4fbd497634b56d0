/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Convolution;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.ConvolutionForm;
import org.lora4j.block.form.LoralibConvolutionForm;
import org.lora4j.block.form.LowRankForm;
import org.lora4j.block.form.WeightForm;
import org.lora4j.block.kernels.ConvolutionGeometry;

/**
 * The convolution under an adapted one.
 *
 * @param path its module path
 * @param block the layer
 */
record ConvolutionBase(String path, Convolution block) implements LayerBase {
    @Override
    public String kind() {
        return block instanceof Conv1d ? "Conv1d" : "Conv2d";
    }

    @Override
    public Parameter weight() {
        return block.getDirectParameters().get("weight");
    }

    @Override
    public LowRankForm form(AdapterSpec spec) {
        if (spec.ofParameter()) {
            throw new IllegalArgumentException(
                    path
                            + " is a convolution, whose weight is no matrix to be adapted by"
                            + " itself; name the layer with optTargetModules");
        }
        Shape shape = weight().getArray().getShape();
        ConvolutionGeometry geometry = ConvolutionGeometry.of(block);
        return switch (spec.convForm()) {
            case PEFT ->
                    spec.rank() % geometry.groups() == 0
                            ? new ConvolutionForm(path, shape, geometry)
                            : changed(shape, geometry);
            case WEIGHT ->
                    geometry.groups() == 1
                            ? new ConvolutionForm(path, shape, geometry)
                            : changed(shape, geometry);
            case LORALIB -> new LoralibConvolutionForm(path, shape, geometry);
        };
    }

    private static WeightForm changed(Shape shape, ConvolutionGeometry geometry) {
        return new WeightForm(shape, WeightForm.Layout.KERNEL, geometry);
    }

    /** A layer's numbers for a builder of its kind, so that a superclass answers as it does. */
    static <B extends Convolution.ConvolutionBuilder<B>> B copy(Convolution layer, B builder) {
        builder.setKernelShape(layer.getKernelShape());
        builder.optStride(layer.getStride());
        builder.optPadding(layer.getPadding());
        builder.optDilation(layer.getDilation());
        builder.setFilters(layer.getFilters());
        builder.optGroups(layer.getGroups());
        return builder;
    }

    @Override
    public Block merged(LowRankLayer.Adapters adapters) {
        adapters.intoBase();
        return block;
    }
}
