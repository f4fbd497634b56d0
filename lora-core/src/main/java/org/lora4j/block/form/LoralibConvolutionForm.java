/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.lora4j.block.kernels.ConvolutionGeometry;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;

/**
 * loralib's form on a convolution with an n-dimensional cubic kernel k: A [r k, in k], B
 * [out/groups k^(n-1), r k], and their product, read row by row, is ΔW [out, in/groups, k..]. Its
 * rank is up to r k^n. For n = 1 and k over 1, where loralib 0.1.2 cannot run, B's rows follow the
 * same rule.
 *
 * @param path the layer, for messages
 * @param weight W0's shape [out, in/groups, k..]
 * @param geometry how the layer slides
 */
public record LoralibConvolutionForm(String path, Shape weight, ConvolutionGeometry geometry)
        implements LowRankForm {
    public LoralibConvolutionForm {
        for (int i = 3; i < weight.dimension(); i++) {
            if (weight.get(i) != weight.get(2)) {
                throw new IllegalArgumentException(
                        ("%s: loralib's form of LoRA needs a kernel of equal sides, found %s; use"
                                        + " optConvForm(ConvForm.PEFT)")
                                .formatted(path, weight.slice(2)));
            }
        }
    }

    private long kernel() {
        return weight.get(2);
    }

    @Override
    public Shape shapeA(int rank) {
        return new Shape(rank * kernel(), weight.get(1) * geometry.groups() * kernel());
    }

    @Override
    public Shape shapeB(int rank) {
        long rows = weight.get(0) / geometry.groups();
        for (int i = 1; i < geometry.dimensions(); i++) {
            rows *= kernel();
        }
        return new Shape(rows, rank * kernel());
    }

    @Override
    public NDArray delta(LoraKernels kernels, LowRankTerm term) {
        try (NDArray flat = kernels.delta(term.a(), term.b(), term.scaling())) {
            return flat.reshape(weight);
        }
    }

    @Override
    public NDArray add(LoraKernels kernels, NDArray y, NDArray x, LowRankTerm term) {
        return kernels.addWeightConvolution(y, x, term, weight, geometry);
    }

    @Override
    public NDArray plainB(NDManager manager, NDArray b) {
        throw new UnsupportedOperationException(
                ("%s has an adapter in loralib's form of LoRA on convolutions, which PEFT's files"
                                + " cannot hold; save loralib's names (Lora.loraStateDict), merge"
                                + " it, or train with ConvForm.PEFT")
                        .formatted(path));
    }
}
