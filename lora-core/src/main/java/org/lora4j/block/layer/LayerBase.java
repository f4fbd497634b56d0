/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.BlockDiagonalForm;
import org.lora4j.block.form.ConvolutionForm;
import org.lora4j.block.form.LinearForm;
import org.lora4j.block.form.LowRankForm;
import org.lora4j.block.form.Origin;
import org.lora4j.block.weight.LookupTable;
import org.lora4j.core.variant.LoraVariant;

/** The frozen block under the adapters of a layer: all that differs between kinds of layers. */
sealed interface LayerBase permits LinearBase, TableBase, ConvolutionBase, WeightBase {
    /** The layer's module path. */
    String path();

    Block block();

    /** The kind of layer, such as "Linear". */
    String kind();

    /** The block's parameter that is adapted. */
    Parameter weight();

    /**
     * The form that an adapter has on this layer.
     *
     * @throws IllegalArgumentException if the adapter does not fit the layer
     */
    LowRankForm form(AdapterSpec spec);

    /**
     * The form that an adapter has on this layer, with DoRA and what it begins with.
     *
     * @throws IllegalArgumentException if the adapter does not fit the layer
     */
    default LowRankForm formFor(AdapterSpec spec) {
        LowRankForm form = form(spec);
        Origin.check(path(), kind(), spec, form, weight().getArray());
        if (spec.dora() && form.magnitudes() == null) {
            throw new IllegalArgumentException(
                    ("%s (%s) cannot have DoRA: it is for whole linear layers, embeddings and"
                                    + " convolutions in PEFT's form, and not for slices of a layer,"
                                    + " loralib's convolutions or weights that are substituted."
                                    + " Leave the layer out of the targets, or optDora off")
                            .formatted(path(), kind()));
        }
        boolean takesBias =
                form instanceof ConvolutionForm
                        || (form instanceof LinearForm && !(this instanceof WeightBase));
        if (spec.loraBias() && !takesBias) {
            throw new IllegalArgumentException(
                    ("%s (%s) cannot have a bias of B: it is for whole linear layers and"
                                    + " convolutions in PEFT's form. Leave the layer out of the"
                                    + " targets, or optLoraBias off")
                            .formatted(path(), kind()));
        }
        boolean inWhole =
                form instanceof BlockDiagonalForm
                        || (form instanceof LinearForm && !(this instanceof WeightBase));
        if (spec.variant() != LoraVariant.plain() && !inWhole) {
            throw new IllegalArgumentException(
                    ("%s (%s) cannot have %s: it is for whole linear layers. Leave the layer out"
                                    + " of the targets")
                            .formatted(path(), kind(), spec.variant().title()));
        }
        return form;
    }

    /** The plain block on the merged weight: a new one or, where DJL makes none, this one. */
    Block merged(LowRankLayer.Adapters adapters);

    /** Finds the kind of a block; null if it is of none that can be adapted. */
    static @Nullable LayerBase of(String path, Block block) {
        if (block instanceof Linear linear) {
            return new LinearBase(path, linear, true);
        }
        if (block instanceof Embedding<?> || block instanceof LookupTable) {
            return TableBase.of(path, block);
        }
        return block instanceof Conv1d || block instanceof Conv2d
                ? new ConvolutionBase(path, (Convolution) block)
                : null;
    }
}
