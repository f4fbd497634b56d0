/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.IOException;
import org.lora4j.block.pass.SelectedAdapters;

/**
 * Runs a module of the engine with adapters in its weights, for a {@link SubstitutionFrame}. Such a
 * module, for example TorchScript, does not ask a parameter store for its weights.
 */
public interface EngineModule {
    /**
     * Runs the module with the adapters of a pass.
     *
     * @param selected the adapters, of which the module's weights carry one at least
     * @param store where a training pass looks parameters up
     * @param inputs the module's inputs
     * @param training whether gradients are recorded
     * @return the module's outputs
     */
    NDList forward(
            SelectedAdapters selected, ParameterStore store, NDList inputs, boolean training);

    /** Frees what belonged to adapters that the weights do not carry any more. */
    void release();

    /**
     * Reads the module as its block wrote it.
     *
     * @param manager the manager of the model
     * @param is the bytes
     * @throws IOException if they cannot be read
     * @throws MalformedModelException if they are not of this module
     */
    void load(NDManager manager, DataInputStream is) throws IOException, MalformedModelException;
}
