/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.BiasHost;
import org.lora4j.block.LoraContext;

/**
 * A block of any kind, such as a norm, whose biases may train: the block runs as it is, with the
 * active adapter's copies in the place of its own biases.
 */
public final class TrainedBiases extends BlockOnCopies implements BiasHost {
    /**
     * Wraps a block whose parameters are initialised; they are frozen, not copied.
     *
     * @param path the block's module path
     * @param base the block, without children
     * @param context what the blocks of the tree share
     */
    public TrainedBiases(String path, Block base, LoraContext context) {
        super(path, base, context);
    }

    @Override
    public void addBiases(String adapter) {
        copied().addBiases(adapter);
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
        return copied().run(store, inputs, training, training, params);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        int count = AdapterStream.begin(is, manager, this);
        copied().copies.load(is, manager, count, this::addBiases);
    }
}
