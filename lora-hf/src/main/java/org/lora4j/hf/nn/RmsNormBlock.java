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
 * Root mean square normalisation over the last dimension, in float32: w ∘ x / √(mean x² + ε), or
 * Gemma's (1 + w) ∘ x / √(mean x² + ε).
 *
 * <p>Shapes: x [.., H]; w [H].
 */
public final class RmsNormBlock extends FamilyBlock {
    private final Parameter weight;
    private final double eps;
    private final boolean addsOne;

    /**
     * Wraps a loaded array.
     *
     * @param weight w
     * @param eps ε
     */
    public RmsNormBlock(NDArray weight, double eps) {
        this(weight, eps, false);
    }

    @SuppressWarnings("this-escape")
    private RmsNormBlock(NDArray weight, double eps, boolean addsOne) {
        this.weight = loaded("weight", Parameter.Type.GAMMA, weight);
        this.eps = eps;
        this.addsOne = addsOne;
    }

    /**
     * Wraps a loaded array for Gemma's normalisation, which multiplies by 1 + w.
     *
     * @param weight w
     * @param eps ε
     */
    public static RmsNormBlock ofGemma(NDArray weight, double eps) {
        return new RmsNormBlock(weight, eps, true);
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray x = inputs.singletonOrThrow();
        NDArray w = pass.value(weight, x);
        return new NDList(addsOne ? Torch.shiftedRmsNorm(x, w, eps) : Torch.rmsNorm(x, w, eps));
    }
}
