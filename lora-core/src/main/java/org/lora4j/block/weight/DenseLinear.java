/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.LoraKernels;

/**
 * A linear layer made of arrays that were loaded rather than initialised: Y = X Wᵀ + b.
 *
 * <p>Shapes: X [.., in]; W [out, in]; b [out]; Y [.., out]. It extends {@link Linear} so that it
 * fits fields of that type. Its arrays belong to whoever loaded them. Safe to share between threads
 * that do not train it.
 */
public final class DenseLinear extends Linear implements UnlistedWeights {
    private final Parameter weight;
    private final @Nullable Parameter bias;
    private final LoraKernels kernels;
    private final LoadedWeights weights;

    /**
     * Wraps arrays, frozen.
     *
     * @param weight W
     * @param bias b, or null
     * @param kernels the arithmetic
     * @throws IllegalArgumentException if the shapes do not fit
     */
    @SuppressWarnings("this-escape")
    public DenseLinear(NDArray weight, @Nullable NDArray bias, LoraKernels kernels) {
        super(Linear.builder().setUnits(weight.getShape().get(0)).optBias(false));
        if (weight.getShape().dimension() != 2
                || (bias != null && !bias.getShape().equals(new Shape(weight.getShape().get(0))))) {
            throw new IllegalArgumentException(
                    "a linear layer needs a weight [out, in] and a bias [out]; found weight "
                            + weight.getShape()
                            + (bias == null ? "" : " and bias " + bias.getShape()));
        }
        this.kernels = kernels;
        parameters.clear();
        this.weights = new LoadedWeights(this, parameters);
        this.weight = weights.hold("weight", Parameter.Type.WEIGHT, weight);
        this.bias = bias == null ? null : weights.hold("bias", Parameter.Type.BIAS, bias);
        inputShapes = new Shape[] {new Shape(-1, weight.getShape().get(1))};
    }

    @Override
    public Map<String, Parameter> unlistedWeights() {
        return weights.unlisted();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        NDArray w = BlockWeights.value(store, weight, x.getDevice(), training);
        NDArray b = bias == null ? null : BlockWeights.value(store, bias, x.getDevice(), training);
        return new NDList(kernels.linear(x, w, b));
    }

    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        saveInputShapes(os);
    }

    @Override
    public void loadMetadata(byte version, DataInputStream is)
            throws IOException, MalformedModelException {
        readInputShapes(is);
    }

    @Override
    public void prepare(Shape[] inputShapes) {
        // its parameters already have their shapes
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // its parameters already have their arrays
        weights.requireTrainable();
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        weights.requireStorable();
        super.saveParameters(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        weights.requireStorable();
        super.loadParameters(manager, is);
    }
}
