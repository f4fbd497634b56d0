/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Convolution;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.ConvolutionForm;
import org.lora4j.block.form.LoralibConvolutionForm;
import org.lora4j.block.form.LowRankForm;
import org.lora4j.block.kernels.ConvolutionGeometry;
import org.lora4j.block.weight.FrozenBase;

/**
 * The convolution under an adapted one.
 *
 * @param path its module path
 * @param layer the layer
 */
record ConvolutionBase(String path, Convolution layer) {
    private Parameter weight() {
        return layer.getDirectParameters().get("weight");
    }

    FrozenBase freeze() {
        return new FrozenBase(path, layer, weight());
    }

    LowRankForm form(AdapterSpec spec) {
        Shape shape = weight().getArray().getShape();
        ConvolutionGeometry geometry = ConvolutionGeometry.of(layer);
        return switch (spec.convForm()) {
            case PEFT -> new ConvolutionForm(path, shape, geometry).checked(spec);
            case LORALIB -> new LoralibConvolutionForm(path, shape, geometry);
        };
    }

    /** The layer's numbers for a builder of its kind, so that a superclass answers as it does. */
    <B extends Convolution.ConvolutionBuilder<B>> B copyTo(B builder) {
        builder.setKernelShape(layer.getKernelShape());
        builder.optStride(layer.getStride());
        builder.optPadding(layer.getPadding());
        builder.optDilation(layer.getDilation());
        builder.setFilters(layer.getFilters());
        builder.optGroups(layer.getGroups());
        return builder;
    }

    /** The layer itself, as the plain one. */
    Convolution merged(LayerAdapters adapters) {
        adapters.intoBase();
        return layer;
    }
}
