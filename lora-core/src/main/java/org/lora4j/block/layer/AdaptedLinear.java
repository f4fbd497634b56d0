/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LinearForm;
import org.lora4j.block.form.LowRankForm;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.DenseLinear;
import org.lora4j.block.weight.FrozenBase;
import org.lora4j.block.weight.PlainLinear;
import org.lora4j.block.weight.TransposedLinear;

/** What {@link LoraLinear} and {@link MergedLinear} have in common: all but the forms they take. */
public abstract sealed class AdaptedLinear extends Linear implements LowRankLayer
        permits LoraLinear, MergedLinear {
    private final Linear base;
    private final LayerAdapters adapters;
    private final long out;

    @SuppressWarnings("this-escape")
    AdaptedLinear(
            String path,
            Linear base,
            LoraContext context,
            Function<AdapterSpec, LowRankForm> forms) {
        super(Linear.builder().setUnits(1).optBias(false));
        this.base = base;
        FrozenBase frozen = new FrozenBase(path, base, BlockWeights.named(base, "weight"));
        LinearForm form = LinearForm.of(base);
        this.out = form.out();
        parameters.clear();
        this.adapters = new LayerAdapters(path, frozen, context, forms, parameters);
        children.add("base", base);
        inputShapes = new Shape[] {new Shape(-1, form.in())};
    }

    @Override
    public LayerAdapters adapters() {
        return adapters;
    }

    @Override
    public Linear base() {
        return base;
    }

    @Override
    public Linear merged() {
        NDArray array = adapters.plainWeight();
        if (array == null) {
            return base;
        }
        if (base instanceof TransposedLinear) {
            return new TransposedLinear(array, adapters.plainBias(), context().kernels());
        }
        return base instanceof DenseLinear
                ? new DenseLinear(array, adapters.plainBias(), context().kernels())
                : PlainLinear.of(array, adapters.plainBias());
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        return new NDList(adapters.forward(store, inputs.singletonOrThrow(), training, params));
    }

    @Override
    public void prepare(Shape[] inputShapes) {
        // the base and the adapters have their arrays
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // the base and the adapters have their arrays
        context().trained().restore();
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        Shape input = inputs[0];
        return new Shape[] {input.slice(0, input.dimension() - 1).add(out)};
    }

    @Override
    public PairList<String, Shape> describeInput() {
        PairList<String, Shape> description = new PairList<>();
        description.add("linearInput", inputShapes[0]);
        return description;
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
