/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.modality.nlp.embedding.TrainableWordEmbedding;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import java.util.Map;
import java.util.Optional;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.weight.LookupTable;

/** The kinds of layers that can be adapted, and the classes that adapt them. */
public final class LoraLayers {
    /** The kinds that {@link #canAdapt} accepts, for messages. */
    public static final String KINDS = "a Linear, an Embedding, a Conv1d or a Conv2d";

    private LoraLayers() {}

    /**
     * Returns whether a block can carry adapters, or already does.
     *
     * @param block a block
     */
    public static boolean canAdapt(Block block) {
        return block instanceof AdaptedLayer || LayerBase.of("", block) != null;
    }

    /**
     * Returns the weight of a layer that can be adapted.
     *
     * @param block a layer that carries no adapters
     * @return the weight, or empty if the layer cannot be adapted
     */
    public static Optional<Parameter> weight(Block block) {
        return Optional.ofNullable(LayerBase.of("", block)).map(LayerBase::weight);
    }

    /**
     * Wraps a layer, which is frozen, for adapters of the whole layer.
     *
     * @param path its module path
     * @param base the layer, initialised
     * @param context what the blocks of the tree share
     * @return the layer that takes its place, or empty if there is none for its kind
     * @throws IllegalStateException if the layer is not initialised
     */
    public static Optional<AdaptedLayer> wrap(String path, Block base, LoraContext context) {
        AdaptedLayer layer = null;
        if (base instanceof Linear linear) {
            layer = new LoraLinear(path, linear, context);
        } else if (base instanceof TrainableWordEmbedding words) {
            layer = new LoraWordEmbedding(path, words, context);
        } else if (base instanceof Embedding<?> table) {
            layer = new LoraEmbedding<>(path, table, context);
        } else if (base instanceof LookupTable table) {
            layer = new LoraEmbedding<Object>(path, table, context);
        } else if (base instanceof Conv1d convolution) {
            layer = new LoraConv1d(path, convolution, context);
        } else if (base instanceof Conv2d convolution) {
            layer = new LoraConv2d(path, convolution, context);
        }
        return Optional.ofNullable(layer);
    }

    /**
     * Wraps a layer, which is frozen.
     *
     * @param path its module path
     * @param base the layer, initialised
     * @param spec the first adapter that the layer is to carry; it is not added
     * @param context what the blocks of the tree share
     * @return the layer that takes its place, or empty if there is none for its kind
     * @throws IllegalStateException if the layer is not initialised
     */
    public static Optional<AdaptedLayer> wrap(
            String path, Block base, AdapterSpec spec, LoraContext context) {
        return base instanceof Linear linear && !spec.enableLora().isEmpty()
                ? Optional.of(new MergedLinear(path, linear, context))
                : wrap(path, base, context);
    }

    /**
     * Returns the shapes of the tensors that an adapter has on a layer, by PEFT's suffix.
     *
     * @param path the layer's module path
     * @param block the layer, adapted or not
     * @param spec the adapter's numbers
     * @return the shapes in PEFT's order; empty if the layer cannot be adapted
     * @throws IllegalArgumentException if the adapter does not fit the layer
     */
    public static Map<String, Shape> tensorShapes(String path, Block block, AdapterSpec spec) {
        LayerBase base =
                block instanceof LowRankLayer layer
                        ? layer.adapters().layerBase()
                        : LayerBase.of(path, block);
        return base == null ? Map.of() : base.formFor(spec).shapes(spec);
    }
}
