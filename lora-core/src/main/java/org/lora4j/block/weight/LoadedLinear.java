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
 * A linear layer made of arrays that were loaded rather than initialised.
 *
 * <p>It extends {@link Linear} so that it fits fields of that type. Its arrays belong to whoever
 * loaded them. Safe to share between threads that do not train it.
 */
public abstract sealed class LoadedLinear extends Linear implements UnlistedWeights
        permits DenseLinear, TransposedLinear {
    final LoraKernels kernels;
    private final Parameter weight;
    private final @Nullable Parameter bias;
    private final LoadedWeights weights;

    /**
     * Wraps arrays, frozen.
     *
     * @param outAxis the axis of the weight that has the outputs
     * @throws IllegalArgumentException if the shapes do not fit
     */
    @SuppressWarnings("this-escape")
    LoadedLinear(NDArray weight, @Nullable NDArray bias, LoraKernels kernels, int outAxis) {
        super(Linear.builder().setUnits(outputs(weight, bias, outAxis)).optBias(false));
        this.kernels = kernels;
        parameters.clear();
        this.weights = new LoadedWeights(this, parameters);
        this.weight = weights.hold("weight", Parameter.Type.WEIGHT, weight);
        this.bias = bias == null ? null : weights.hold("bias", Parameter.Type.BIAS, bias);
        inputShapes = new Shape[] {new Shape(-1, weight.getShape().get(1 - outAxis))};
    }

    private static long outputs(NDArray weight, @Nullable NDArray bias, int outAxis) {
        Shape shape = weight.getShape();
        if (shape.dimension() != 2
                || (bias != null && !bias.getShape().equals(new Shape(shape.get(outAxis))))) {
            throw new IllegalArgumentException(
                    "a %s and a bias [out]; found weight %s%s"
                            .formatted(
                                    outAxis == 0
                                            ? "linear layer needs a weight [out, in]"
                                            : "transposed linear layer needs a weight [in, out]",
                                    shape,
                                    bias == null ? "" : " and bias " + bias.getShape()));
        }
        return shape.get(outAxis);
    }

    /**
     * Returns a layer of the same kind on other arrays.
     *
     * @param otherWeight its weight
     * @param otherBias its bias, or null
     */
    public abstract LoadedLinear with(NDArray otherWeight, @Nullable NDArray otherBias);

    /** Multiplies x by the weight, and adds the bias if there is one. */
    abstract NDArray multiply(NDArray x, NDArray w, @Nullable NDArray b);

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
        return new NDList(multiply(x, w, b));
    }

    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        weights.requireStorable();
        saveInputShapes(os);
    }

    @Override
    public void loadMetadata(byte version, DataInputStream is)
            throws IOException, MalformedModelException {
        weights.requireStorable();
        readInputShapes(is);
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // its parameters already have their arrays
        weights.requireTrainable();
    }
}
