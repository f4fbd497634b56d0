/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.lora4j.block.kernels.ConvolutionGeometry;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;

/**
 * PEFT's form on a convolution: A [r, in, k..] slides as the layer does, B [out, r/groups, 1..]
 * mixes its results: ΔW[o, i, ..] = s Σⱼ B[o, j] A[j, i, ..]. With groups over 1 each rank sees
 * every input channel, so that no grouped weight has the same effect: such an adapter runs, and
 * cannot be merged. A has the layer's dilation, which PEFT forgets.
 *
 * @param path the layer, for messages
 * @param weight W0's shape [out, in/groups, k..]
 * @param geometry how the layer slides
 */
public record ConvolutionForm(String path, Shape weight, ConvolutionGeometry geometry)
        implements LowRankForm {
    @Override
    public Shape shapeA(int rank) {
        long in = weight.get(1) * geometry.groups();
        return new Shape(rank, in).addAll(weight.slice(2));
    }

    @Override
    public Shape shapeB(int rank) {
        Shape shape = new Shape(weight.get(0), rank / geometry.groups());
        for (int i = 0; i < geometry.dimensions(); i++) {
            shape = shape.add(1);
        }
        return shape;
    }

    @Override
    public Shape magnitudes() {
        Shape shape = new Shape(1, weight.get(0));
        for (int i = 0; i < geometry.dimensions(); i++) {
            shape = shape.add(1);
        }
        return shape;
    }

    @Override
    public boolean merges() {
        return geometry.groups() == 1;
    }

    @Override
    public NDArray delta(LoraKernels kernels, LowRankTerm term) {
        if (!merges()) {
            throw new IllegalStateException(
                    ("%s: PEFT's form of LoRA on a convolution with %s groups changes the output"
                                    + " as no weight of the layer would, so that it has no delta"
                                    + " and cannot be merged; use it unmerged, or train with"
                                    + " optConvForm(ConvForm.WEIGHT)")
                            .formatted(path, geometry.groups()));
        }
        try (NDArray a = term.a().reshape(term.a().getShape().get(0), -1);
                NDArray b = term.b().reshape(weight.get(0), -1);
                NDArray flat = kernels.delta(a, b, term.scaling())) {
            return flat.reshape(weight);
        }
    }

    @Override
    public NDArray add(LoraKernels kernels, NDArray y, NDArray x, LowRankTerm term) {
        return kernels.addConvolution(y, x, term, geometry);
    }
}
