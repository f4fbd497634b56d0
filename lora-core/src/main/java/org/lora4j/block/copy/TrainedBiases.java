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
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdapterReach;
import org.lora4j.block.BiasHost;
import org.lora4j.block.LayerPass;
import org.lora4j.block.LoraContext;
import org.lora4j.block.weight.BlockWeights;

/**
 * A block of any kind, such as a norm, whose biases may train: the block runs as it is, with the
 * active adapter's copies in the place of its own biases.
 *
 * <p>Safe to read from any thread when training is false.
 */
public final class TrainedBiases extends AbstractBlock implements BiasHost {
    private final String path;
    private final Block base;
    private final LoraContext context;
    private final ParameterCopies copies;
    private final AdapterReach.Mark mark;

    /**
     * Wraps a block whose parameters are initialised; they are frozen, not copied.
     *
     * @param path the block's module path
     * @param base the block, without children
     * @param context what the blocks of the tree share
     */
    @SuppressWarnings("this-escape")
    public TrainedBiases(String path, Block base, LoraContext context) {
        this.path = path;
        this.base = base;
        this.context = context;
        this.copies = new ParameterCopies(path, context.active().names(), parameters);
        this.mark = context.reach().mark(path, parameters.values());
        children.add("base", base);
        inputShapes = BaseInputs.shapes(base);
        inputNames = BaseInputs.names(base);
        base.freezeParameters(true);
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public Block base() {
        return base;
    }

    @Override
    public LoraContext context() {
        return context;
    }

    @Override
    public Set<String> adapterNames() {
        return copies.names();
    }

    @Override
    public boolean isBare() {
        return copies.isEmpty();
    }

    @Override
    public void addBiases(String adapter) {
        if (copies.has(adapter)) {
            return;
        }
        Map<String, Parameter> originals = new LinkedHashMap<>();
        for (Map.Entry<String, Parameter> entry : BlockWeights.direct(base).entrySet()) {
            if (BiasHost.isBias(entry.getValue())) {
                originals.put(entry.getKey(), entry.getValue());
            }
        }
        if (!originals.isEmpty()) {
            copies.add(adapter, originals);
        }
    }

    @Override
    public Map<String, Parameter> biases(String adapter) {
        return copies.tensors(adapter);
    }

    @Override
    public Map<String, Parameter> tensors(String adapter) {
        return copies.tensors(adapter);
    }

    @Override
    public boolean isCalled() {
        return mark.isCalled();
    }

    @Override
    public boolean replaces(Parameter original) {
        return copies.replaces(original);
    }

    @Override
    public void removeAdapter(String name) {
        copies.remove(name);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        return run(store, inputs, training, training, params);
    }

    /**
     * Runs the block.
     *
     * @param training whether gradients of the copies are wanted
     * @param asTraining what the block is told
     */
    NDList run(
            ParameterStore store,
            NDList inputs,
            boolean training,
            boolean asTraining,
            @Nullable PairList<String, Object> params) {
        mark.call(training);
        try (LayerPass pass = context.active().layer()) {
            ParameterCopies.OfAdapter own = copies.active(pass.adapters());
            ParameterStore used = own == null ? store : own.over(store, training);
            return base.forward(used, inputs, asTraining, params);
        }
    }

    /** The original block, with the active adapter's copies written into its biases. */
    @Override
    public Block merged() {
        ParameterCopies.OfAdapter own = copies.active(context.active().defaults());
        if (own != null) {
            own.write(context.kernels());
        }
        return base;
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return base.getOutputShapes(inputs);
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // the base and the copies have their arrays
        context().trained().restore();
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        AdapterStream.begin(os, base, copies.names().size());
        copies.save(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        int count = AdapterStream.begin(is, manager, this);
        copies.load(is, manager, count, this::addBiases);
    }
}
