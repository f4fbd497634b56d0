/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.Map;
import org.lora4j.block.weight.BlockWeights;

/**
 * A host that can hold, for each adapter, trained copies of its base's biases: what PEFT's bias
 * modes "all" and "lora_only" train. The base's own biases are never written.
 *
 * <p>In a forward pass the copies of an active adapter replace the base's biases, whatever the
 * adapter's weight in the selection; at most one active adapter may have copies.
 */
public interface BiasHost extends AdapterHost {
    /**
     * Gives an adapter its own copies of the base's biases, equal to them, which train. Does
     * nothing where the adapter has them or the base has no bias.
     *
     * @param adapter the adapter's name, which need not be known to this host
     */
    void addBiases(String adapter);

    /**
     * Returns an adapter's copies by PEFT's suffix, such as {@code bias}; they are among its {@link
     * #tensors}.
     *
     * @param adapter an adapter's name
     * @return the copies; empty if the adapter has none here
     */
    Map<String, Parameter> biases(String adapter);

    /**
     * Returns a block's own biases by name.
     *
     * @param block the block; its children do not count
     */
    static Map<String, Parameter> biasesOf(Block block) {
        Map<String, Parameter> biases = BlockWeights.direct(block);
        biases.values().removeIf(parameter -> !isBias(parameter));
        return biases;
    }

    /**
     * Returns whether a parameter is what loralib and PEFT call a bias: that of a layer or, in
     * DJL's words, the beta of a norm.
     *
     * @param parameter a parameter
     */
    static boolean isBias(Parameter parameter) {
        Parameter.Type type = parameter.getType();
        return type == Parameter.Type.BIAS
                || type == Parameter.Type.BETA
                || parameter.getName().endsWith("bias");
    }
}
