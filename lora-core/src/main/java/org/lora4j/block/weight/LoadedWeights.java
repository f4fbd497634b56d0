/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The frozen weights of a block that is made of loaded arrays: those of a dtype that DJL knows are
 * among the block's parameters, the others are not.
 */
public final class LoadedWeights {
    private final Block block;
    private final Map<String, Parameter> parameters;
    private final Map<String, Parameter> unlisted = new LinkedHashMap<>();

    /**
     * Begins with none.
     *
     * @param block the block
     * @param parameters the block's own parameters, which follow
     */
    public LoadedWeights(Block block, Map<String, Parameter> parameters) {
        this.block = block;
        this.parameters = parameters;
    }

    /**
     * Adds an array, frozen.
     *
     * @param name the weight's name
     * @param type the weight's type
     * @param array the array
     * @return the parameter by which a pass looks the array up
     */
    public Parameter hold(String name, Parameter.Type type, NDArray array) {
        Parameter parameter = BlockWeights.parameter(name, type, array, false);
        (BlockWeights.isKnown(array) ? parameters : unlisted).put(name, parameter);
        return parameter;
    }

    /** Returns the weights that DJL does not list, by name. */
    public Map<String, Parameter> unlisted() {
        return Collections.unmodifiableMap(unlisted);
    }

    /**
     * Requires that DJL's Trainer can train the block.
     *
     * @throws UnsupportedOperationException if the tree has weights that DJL does not know
     */
    public void requireTrainable() {
        BlockWeights.requireListed(
                block, "DJL's Trainer", "train with LoraTrainer, or load the model in float32");
    }

    /**
     * Requires that DJL's own file format can hold the block.
     *
     * @throws UnsupportedOperationException if the tree has weights that DJL does not know
     */
    public void requireStorable() {
        BlockWeights.requireListed(
                block,
                "DJL's file format",
                "save the model as safetensors (LoraModel.save) or the adapter alone"
                        + " (saveAdapter), or load the model in float32");
    }
}
