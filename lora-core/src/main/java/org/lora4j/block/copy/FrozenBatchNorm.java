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
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
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
public final class FrozenBatchNorm extends WrappedBatchNorm implements BiasHost {
    private final TrainedBiases host;

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
        this.host = new TrainedBiases(path, base, context);
        children.add("host", host);
    }

    @Override
    public String path() {
        return host.path();
    }

    @Override
    public BatchNorm base() {
        return base;
    }

    @Override
    public LoraContext context() {
        return host.context();
    }

    @Override
    public Set<String> adapterNames() {
        return host.adapterNames();
    }

    @Override
    public boolean isBare() {
        return host.isBare();
    }

    @Override
    public void addBiases(String adapter) {
        host.addBiases(adapter);
    }

    @Override
    public Map<String, Parameter> biases(String adapter) {
        return host.biases(adapter);
    }

    @Override
    public Map<String, Parameter> tensors(String adapter) {
        return host.tensors(adapter);
    }

    @Override
    public boolean isCalled() {
        return host.isCalled();
    }

    @Override
    public boolean replaces(Parameter original) {
        return host.replaces(original);
    }

    @Override
    public void removeAdapter(String name) {
        host.removeAdapter(name);
    }

    /** The original norm, with the active adapter's copy written into its beta. */
    @Override
    public Block merged() {
        return host.merged();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        return host.run(store, inputs, training, false, params);
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // the base and the copies have their arrays
        context().trained().restore();
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        host.saveParameters(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        host.loadParameters(manager, is);
    }
}
