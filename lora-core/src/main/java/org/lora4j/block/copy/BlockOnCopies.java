/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.lora4j.block.AdapterCoverage;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.LoraContext;

/**
 * A frozen block that runs with the active adapter's copies of some of its parameters, or of all.
 *
 * <p>Safe to read from any thread when training is false.
 */
public abstract sealed class BlockOnCopies extends AbstractBlock implements AdapterHost
        permits SavedModule, TrainedBiases {
    final String path;
    final Block base;
    final LoraContext context;
    final ParameterCopies copies;
    final AdapterCoverage.Mark mark;

    @SuppressWarnings("this-escape")
    BlockOnCopies(String path, Block base, LoraContext context) {
        this.path = path;
        this.base = base;
        this.context = context;
        this.copies = new ParameterCopies(path, context.active().names(), parameters);
        this.mark = context.coverage().mark(path, parameters.values());
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

    /** The original block, with the active adapter's copies written into its parameters. */
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
        context.trained().restore();
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        AdapterStream.begin(os, base, copies.names().size());
        copies.save(os);
    }
}
