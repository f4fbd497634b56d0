/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.BiasHost;
import org.lora4j.block.LoraContext;

/**
 * A BatchNorm of an adapted tree, frozen as a whole: it normalises by its running statistics in
 * training too, as it will when serving, and does not update them. In DJL, as in PyTorch, a frozen
 * BatchNorm would otherwise change with every training pass. Its beta may train as an adapter's
 * copy, as in {@link TrainedBiases}.
 *
 * <p>Safe to read from any thread when training is false.
 */
public final class FrozenBatchNorm extends WrappedBatchNorm implements CopyHost, BiasHost {
    private final Copied copied;

    /**
     * Wraps a norm whose parameters are initialised; they are frozen, not copied.
     *
     * @param path the norm's module path
     * @param base the norm
     * @param context what the blocks of the tree share
     */
    @SuppressWarnings("this-escape")
    public FrozenBatchNorm(String path, BatchNorm base, LoraContext context) {
        super(base);
        copied = new Copied(path, base, context, parameters, children);
    }

    @Override
    public Copied copied() {
        return copied;
    }

    @Override
    public BatchNorm base() {
        return base;
    }

    @Override
    public void addBiases(String adapter) {
        copied.addBiases(adapter);
    }

    @Override
    public Map<String, Parameter> biases(String adapter) {
        return tensors(adapter);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        return copied.run(store, inputs, training, false, params);
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // the base and the copies have their arrays
        context().trained().restore();
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        copied.save(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        int count = AdapterStream.begin(is, manager, this);
        copied.copies.load(is, manager, count, this::addBiases);
    }
}
