/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Parameter;
import org.lora4j.torch.Torch;

/**
 * Root mean square normalisation over the last dimension: w ∘ x / √(mean x² + ε), in float32.
 *
 * <p>Shapes: x [.., H]; w [H].
 */
public final class RmsNormBlock extends FamilyBlock {
    private final Parameter weight;
    private final double eps;

    /**
     * Wraps a loaded array.
     *
     * @param weight w
     * @param eps ε
     */
    @SuppressWarnings("this-escape")
    public RmsNormBlock(NDArray weight, double eps) {
        this.weight = loaded("weight", Parameter.Type.GAMMA, weight);
        this.eps = eps;
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray x = inputs.singletonOrThrow();
        return new NDList(Torch.rmsNorm(x, pass.value(weight, x), eps));
    }
}
