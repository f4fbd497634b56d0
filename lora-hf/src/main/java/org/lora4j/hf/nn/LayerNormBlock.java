/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Parameter;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.Torch;

/**
 * Layer normalisation over the last dimension: (x - mean) / √(variance + ε) ∘ w + b, or without b.
 *
 * <p>Given two inputs of one shape it normalises their sum. Shapes: x [.., H]; w, b [H].
 */
public final class LayerNormBlock extends FamilyBlock {
    private final Parameter weight;
    private final @Nullable Parameter bias;
    private final double eps;

    /**
     * Wraps loaded arrays.
     *
     * @param weight w
     * @param bias b, or null for none
     * @param eps ε
     */
    @SuppressWarnings("this-escape")
    public LayerNormBlock(NDArray weight, @Nullable NDArray bias, double eps) {
        this.weight = loaded("weight", Parameter.Type.GAMMA, weight);
        this.bias = bias == null ? null : loaded("bias", Parameter.Type.BETA, bias);
        this.eps = eps;
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray x = inputs.get(0);
        NDArray w = pass.value(weight, x);
        NDArray b = bias == null ? null : pass.value(bias, x);
        return new NDList(
                inputs.size() == 1
                        ? Torch.layerNorm(x, w, b, eps)
                        : Torch.addLayerNorm(x, inputs.get(1), w, b, eps));
    }
}
