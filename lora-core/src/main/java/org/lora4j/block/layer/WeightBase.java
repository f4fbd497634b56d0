/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.core.Embedding;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.WeightForm;
import org.lora4j.block.weight.TransposedExperts;

/**
 * A weight that its block reads by itself, from the parameter store of the pass.
 *
 * @param path the weight's path, or its block's
 * @param owner the block that has it
 * @param kind the kind of layer, as tables name it
 * @param weight the weight
 * @param layout how it is read
 * @param dropsInput whether its adapters see the input of the layer, which they can drop
 * @param block what stands for the base in a layer's own forward pass, which this has none of
 */
record WeightBase(
        String path,
        Block owner,
        String kind,
        Parameter weight,
        WeightForm.Layout layout,
        boolean dropsInput,
        Block block)
        implements LayerBase {
    WeightBase(String path, Block owner, String name, Parameter weight) {
        this(
                path,
                owner,
                owner.getClass().getSimpleName() + ", substituted",
                weight,
                layout(owner, name, weight),
                false);
    }

    WeightBase(
            String path,
            Block owner,
            String kind,
            Parameter weight,
            WeightForm.Layout layout,
            boolean dropsInput) {
        this(path, owner, kind, weight, layout, dropsInput, new Nothing());
    }

    @Override
    public WeightForm form(AdapterSpec spec) {
        if (!spec.enableLora().isEmpty()) {
            throw new IllegalArgumentException(
                    path
                            + " cannot be adapted in slices: its weight is substituted, since no"
                            + " block can take its place");
        }
        Shape shape = weight.getArray().getShape();
        return spec.ofParameter()
                ? WeightForm.ofParameter(path, shape, owner instanceof TransposedExperts)
                : new WeightForm(shape, layout);
    }

    private static WeightForm.Layout layout(Block owner, String name, Parameter weight) {
        if (owner instanceof Convolution) {
            return WeightForm.Layout.KERNEL;
        }
        // DJL tells by a name whether rows of a weight are looked up
        boolean named = name.toLowerCase(Locale.ROOT).contains("embedding");
        return (named || owner instanceof Embedding<?>)
                        && weight.getArray().getShape().dimension() == 2
                ? WeightForm.Layout.TABLE
                : WeightForm.Layout.MATRIX;
    }

    /** A block that has, does and writes nothing. */
    private static final class Nothing extends AbstractBlock {
        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                @Nullable PairList<String, Object> params) {
            return inputs;
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

    /** The base, with the merged array in its weight's place. */
    @Override
    public Block merged(LowRankLayer.Adapters adapters) {
        adapters.intoBase();
        return block;
    }
}
