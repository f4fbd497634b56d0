/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.script;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.ModulePath;

/**
 * The parameters of a module inside a TorchScript module, such as a classifier, which an adapter
 * can train copies of. The script runs them; this block does not, and writes nothing.
 */
public final class ScriptPart extends AbstractBlock {
    private final String module;

    /**
     * Stands for a module.
     *
     * @param module its path in the script
     * @param own its parameters, by their paths below the module
     */
    @SuppressWarnings("this-escape")
    ScriptPart(String module, Map<String, Parameter> own) {
        this.module = module;
        parameters.putAll(own);
    }

    /** Returns the path in the script of one of the module's parameters. */
    String pathInScript(String name) {
        return ModulePath.join(module, name);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        throw new UnsupportedOperationException(module + " runs in its script");
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return inputs;
    }

    @Override
    public void saveParameters(DataOutputStream os) {}

    @Override
    public void loadParameters(NDManager manager, DataInputStream is) {}
}
