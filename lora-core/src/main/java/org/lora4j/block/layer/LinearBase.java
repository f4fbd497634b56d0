/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.BlockDiagonalForm;
import org.lora4j.block.form.LinearForm;
import org.lora4j.block.form.LowRankForm;
import org.lora4j.block.form.SlicedForm;
import org.lora4j.block.form.WeightForm;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.FrozenBase;
import org.lora4j.block.weight.LoadedLinear;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.block.weight.TransposedLinear;
import org.lora4j.core.variant.LoraVariant;

/**
 * The linear layer under an adapted one.
 *
 * @param path its module path
 * @param block the layer
 * @param inSlices whether adapters may be of slices of its outputs
 */
record LinearBase(String path, Linear block, boolean inSlices) implements LayerBase {
    @Override
    public String kind() {
        return inSlices ? "MergedLinear" : "Linear";
    }

    @Override
    public Parameter weight() {
        return BlockWeights.named(block, "weight");
    }

    /** The form of an adapter of the whole layer. */
    LinearForm whole() {
        FrozenBase.initialised(path, weight());
        return LinearForm.of(block);
    }

    @Override
    public LowRankForm form(AdapterSpec spec) {
        if (spec.ofParameter() && block instanceof TransposedLinear) {
            if (weight().getArray() instanceof PackedWeight packed) {
                throw new IllegalArgumentException(
                        ("%s: a weight in %s cannot be adapted by itself; name the layer with"
                                        + " optTargetModules")
                                .formatted(path, packed.format()));
            }
            return WeightForm.ofParameter(path, weight().getArray().getShape(), false);
        }
        if (spec.variant() instanceof LoraVariant.BlockDiagonal diagonal) {
            LoraVariant.BlockDiagonal.Side side = diagonal.side(path);
            if (side != LoraVariant.BlockDiagonal.Side.NEITHER) {
                boolean ofA = side == LoraVariant.BlockDiagonal.Side.A;
                return BlockDiagonalForm.of(path, whole(), ofA, diagonal.blocks(), spec.rank());
            }
        }
        if (spec.enableLora().isEmpty()) {
            return whole();
        }
        if (!inSlices) {
            throw new IllegalArgumentException(
                    ("%s carries adapters of the whole layer, and one in slices %s needs a"
                                    + " MergedLinear, which takes both: add the adapter with"
                                    + " optEnableLora first")
                            .formatted(path, spec.enableLora()));
        }
        return SlicedForm.of(path, whole(), spec.enableLora());
    }

    @Override
    public Block merged(LowRankLayer.Adapters adapters) {
        NDArray array = adapters.plainWeight();
        if (array == null) {
            return block;
        }
        return block instanceof LoadedLinear loaded
                ? loaded.with(array, adapters.plainBias())
                : plain(array, adapters.plainBias());
    }

    /** DJL's own layer on arrays, initialised and frozen. */
    private static Linear plain(NDArray weight, @Nullable NDArray bias) {
        Shape shape = weight.getShape();
        Linear linear = Linear.builder().setUnits(shape.get(0)).optBias(bias != null).build();
        set(linear, "weight", weight);
        if (bias != null) {
            set(linear, "bias", bias);
        }
        linear.initialize(weight.getManager(), weight.getDataType(), new Shape(1, shape.get(1)));
        return linear;
    }

    private static void set(Linear linear, String name, NDArray array) {
        Parameter parameter = linear.getDirectParameters().get(name);
        parameter.setArray(array);
        parameter.freeze(true);
    }
}
