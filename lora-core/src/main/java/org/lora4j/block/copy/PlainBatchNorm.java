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
import org.jspecify.annotations.Nullable;
import org.lora4j.block.weight.BlockWeights;

/**
 * A BatchNorm of a tree that is not adapted any more: DJL's own, with DJL's parameters and file
 * format, whose running statistics are never trained.
 *
 * <p>{@code freezeParameters(false)} on a whole model, which is how training in full begins, makes
 * the statistics ask for gradients, and libtorch refuses to train such a norm. They are frozen
 * again when the block is initialised and before each pass.
 *
 * <p>As thread-safe as the norm itself.
 */
public final class PlainBatchNorm extends WrappedBatchNorm {
    @SuppressWarnings("this-escape")
    private PlainBatchNorm(BatchNorm base) {
        super(base);
        BlockWeights.direct(base).forEach(parameters::put);
    }

    /**
     * Returns a norm whose statistics are never trained.
     *
     * @param norm an initialised norm
     * @return the norm itself where it is one
     */
    public static BatchNorm of(BatchNorm norm) {
        return norm instanceof PlainBatchNorm ? norm : new PlainBatchNorm(norm);
    }

    private void freezeStatistics() {
        for (Parameter parameter : parameters.values()) {
            if (BlockWeights.isStatistic(parameter) && parameter.requiresGradient()) {
                parameter.freeze(true);
            }
        }
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        freezeStatistics();
        return base.forward(store, inputs, training, params);
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        freezeStatistics();
        base.initialize(manager, dataType, inputShapes);
        describeAsBase();
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        base.saveParameters(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        base.loadParameters(manager, is);
        describeAsBase();
    }
}
