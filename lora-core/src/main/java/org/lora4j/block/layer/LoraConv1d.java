/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.LayoutType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.block.copy.BaseInputs;

/**
 * A frozen 1-dimensional convolution with low-rank corrections: Y = conv(X; W0) + b + Σ wᵢ
 * conv(drop(X); ΔWᵢ).
 *
 * <p>Shapes: X [N, in, L]; W0 [out, in/groups, k]; s = alpha / r or alpha / √r. ΔW is s·B∘A in one
 * of three forms ({@link org.lora4j.core.ConvForm}): PEFT's, A [r, in, k] and B [out, r/groups, 1];
 * a change of the weight, A [r, in/groups, k] and B [out, r, 1], added to W0 before the layer runs
 * unless there is dropout; or loralib's, A [r k, in k] and B [out/groups k^(n-1), r k] read as a
 * weight. Stride, padding, dilation and groups are the layer's. Dropout acts on the correction's
 * input in training only (loralib takes a dropout here and forgets it). A and B are float32; a new
 * adapter has B = 0.
 *
 * <p>It extends {@link Convolution}: DJL closes the constructor of {@link Conv1d}, so that a field
 * of that type cannot hold it. {@link #saveParameters} writes the base and the adapters; {@link
 * #loadParameters} also reads what the base alone wrote. Threads: as {@link LoraLinear}.
 *
 * <p>Follows loralib's layers.py, ConvLoRA, and PEFT's tuners/lora/layer.py, _ConvNd.
 */
public final class LoraConv1d extends Convolution implements LowRankLayer {
    private final Adapters adapters;

    /**
     * Wraps a convolution whose parameters are initialised; they are frozen, not copied.
     *
     * @param path the layer's module path
     * @param base the layer
     * @param context what the blocks of the tree share
     * @throws IllegalStateException if the layer is not initialised
     */
    @SuppressWarnings("this-escape")
    public LoraConv1d(String path, Conv1d base, LoraContext context) {
        super(ConvolutionBase.copy(base, Conv1d.builder()));
        adapters = new Adapters(new ConvolutionBase(path, base), context, parameters, children);
        inputShapes = BaseInputs.shapes(base);
        inputNames = BaseInputs.names(base);
    }

    @Override
    public Adapters adapters() {
        return adapters;
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // the base and the adapters have their arrays
        context().trained().restore();
    }

    @Override
    protected LayoutType[] getExpectedLayout() {
        return new LayoutType[] {LayoutType.BATCH, LayoutType.CHANNEL, LayoutType.WIDTH};
    }

    @Override
    protected String getStringLayout() {
        return "NCW";
    }

    @Override
    protected int numDimensions() {
        return 3;
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        return adapters.forward(store, inputs.singletonOrThrow(), training, params);
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        adapters.save(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        adapters.load(manager, is, this);
    }
}
