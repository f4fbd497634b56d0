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
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;

/** An adapted linear layer; its subclasses differ in the forms of their adapters. */
public abstract sealed class AdaptedLinear extends Linear implements LowRankLayer
        permits LoraLinear, MergedLinear {
    private final Adapters adapters;

    @SuppressWarnings("this-escape")
    AdaptedLinear(LinearBase base, LoraContext context) {
        super(Linear.builder().setUnits(base.whole().out()).optBias(false));
        this.adapters = new Adapters(base, context, parameters, children);
        inputShapes = new Shape[] {new Shape(-1, base.whole().in())};
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
    public PairList<String, Shape> describeInput() {
        return new PairList<>(List.of("linearInput"), List.of(inputShapes));
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
    public Linear merged() {
        return (Linear) LowRankLayer.super.merged();
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
