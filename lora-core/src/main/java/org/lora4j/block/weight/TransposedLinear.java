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
 * A linear layer whose weight is stored [in, out]: Y = X W + b, as transformers' Conv1D has it,
 * which GPT-2 is made of (loralib's and PEFT's fan_in_fan_out).
 *
 * <p>Shapes: X [.., in]; W [in, out]; b [out]; Y [.., out]. It extends {@link Linear} so that it
 * fits fields of that type and counts as a linear layer. Its arrays belong to whoever loaded them.
 * Safe to share between threads that do not train it.
 */
public final class TransposedLinear extends Linear implements UnlistedWeights {
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
    public TransposedLinear(NDArray weight, @Nullable NDArray bias, LoraKernels kernels) {
        super(Linear.builder().setUnits(1).optBias(false));
        Shape shape = weight.getShape();
        if (shape.dimension() != 2
                || (bias != null && !bias.getShape().equals(new Shape(shape.get(1))))) {
            throw new IllegalArgumentException(
                    "a transposed linear layer needs a weight [in, out] and a bias [out]; found"
                            + " weight "
                            + shape
                            + (bias == null ? "" : " and bias " + bias.getShape()));
        }
        this.kernels = kernels;
        parameters.clear();
        this.weights = new LoadedWeights(this, parameters);
        this.weight = weights.hold("weight", Parameter.Type.WEIGHT, weight);
        this.bias = bias == null ? null : weights.hold("bias", Parameter.Type.BIAS, bias);
        inputShapes = new Shape[] {new Shape(-1, shape.get(0))};
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
        try (NDArray view = w.transpose()) {
            return new NDList(kernels.linear(x, view, b));
        }
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        Shape input = inputs[0];
        long out = weight.getArray().getShape().get(1);
        return new Shape[] {input.slice(0, input.dimension() - 1).add(out)};
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
