/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.part;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.block.copy.AdapterStream;
import org.lora4j.block.copy.BaseInputs;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.LoadedLinear;

/**
 * A vocabulary projection that is tied to a word table: of the tokens that an adapter trains there,
 * its columns are x Dᵀ with the table's rows D. It has no tensors of its own.
 */
public final class TiedTokens extends AbstractBlock implements PartHost {
    private final String path;
    private final Linear base;
    private final TrainedTokens source;
    private volatile boolean called;

    /**
     * Wraps a projection; it is frozen, not copied.
     *
     * @param path its module path
     * @param base the projection
     * @param source the table that it is tied to
     */
    @SuppressWarnings("this-escape")
    public TiedTokens(String path, Linear base, TrainedTokens source) {
        this.path = path;
        this.base = base;
        this.source = source;
        children.add("base", base);
        base.freezeParameters(true);
        inputShapes = BaseInputs.shapes(base);
        inputNames = BaseInputs.names(base);
    }

    /** Returns the table that it is tied to. */
    public TrainedTokens source() {
        return source;
    }

    @Override
    public Parts<?> parts() {
        return source.parts();
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
    public String peftType() {
        return source.peftType();
    }

    @Override
    public String kind() {
        return "Linear, tied tokens";
    }

    @Override
    public Map<String, Parameter> tensors(String adapter) {
        return Map.of();
    }

    /** {@inheritDoc} PEFT repeats the table's rows where they are by themselves. */
    @Override
    public Map<String, NDArray> exported(NDManager manager, String adapter) {
        return source.peftType().equals("LORA") ? Map.of() : source.exported(manager, adapter);
    }

    @Override
    public void removeAdapter(String name) {
        // the table has it
    }

    @Override
    public boolean isCalled() {
        return called;
    }

    @Override
    public void requireMergeable() {
        source.requireMergeable();
    }

    @Override
    public Block merged() {
        NDArray array = source.mergedWeight();
        if (array == null) {
            return base;
        }
        if (base instanceof LoadedLinear linear) {
            Parameter bias = BlockWeights.direct(linear).get("bias");
            return linear.with(array, bias == null ? null : bias.getArray());
        }
        return base; // on the table's own array, into which the rows are written
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        called = true;
        return source.parts()
                .run(inputs, (selected, x) -> run(selected, store, x, training, params));
    }

    private NDArray run(
            SelectedAdapters selected,
            ParameterStore store,
            NDArray x,
            boolean training,
            @Nullable PairList<String, Object> params) {
        NDArray y = base.forward(store, new NDList(x), training, params).singletonOrThrow();
        TokenPart own = source.parts().only(selected);
        if (own == null) {
            return y;
        }
        NDArray replaced = own.replaceColumns(y, x, store, training);
        y.close();
        return replaced;
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return base.getOutputShapes(inputs);
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        context().trained().restore();
    }

    @Override
    public LoraContext context() {
        return source.context();
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        AdapterStream.begin(os, base, 0);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        AdapterStream.begin(is, manager, this);
    }
}
