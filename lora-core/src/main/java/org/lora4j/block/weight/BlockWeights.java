/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** The weights of blocks: DJL's parameters and those that DJL does not list. */
public final class BlockWeights {
    private BlockWeights() {}

    /**
     * Returns a block's own weights by name.
     *
     * @param block the block; its children do not count
     */
    public static Map<String, Parameter> direct(Block block) {
        Map<String, Parameter> weights = new LinkedHashMap<>();
        for (Pair<String, Parameter> entry : block.getDirectParameters()) {
            weights.put(entry.getKey(), entry.getValue());
        }
        if (block instanceof UnlistedWeights holder) {
            weights.putAll(holder.unlistedWeights());
        }
        return weights;
    }

    /**
     * Returns one of a block's own weights.
     *
     * @param block the block
     * @param name the weight's name, which the block has
     */
    public static Parameter named(Block block, String name) {
        return Objects.requireNonNull(direct(block).get(name), name);
    }

    /**
     * Returns the weights of a block and of those below it, by names joined as {@link
     * Block#getParameters} joins them.
     *
     * @param block the root
     */
    public static Map<String, Parameter> all(Block block) {
        Map<String, Parameter> weights = direct(block);
        for (Pair<String, Block> child : block.getChildren()) {
            all(child.getValue())
                    .forEach(
                            (name, parameter) ->
                                    weights.put(child.getKey() + "_" + name, parameter));
        }
        return weights;
    }

    /**
     * Makes a parameter of an array, which stays without a name: DJL matches an argument's name
     * against four patterns in every native call, a good part of what a small call costs.
     *
     * @param name the parameter's name
     * @param type its type
     * @param array the array
     * @param trains whether it asks for gradients
     */
    public static Parameter parameter(
            String name, Parameter.Type type, NDArray array, boolean trains) {
        Parameter parameter = Parameter.builder().setName(name).setType(type).build();
        parameter.setArray(array);
        array.setName(null);
        parameter.freeze(!trains);
        return parameter;
    }

    /**
     * Returns whether DJL knows an array's dtype, so that its own operations are safe.
     *
     * @param array an array
     */
    public static boolean isKnown(NDArray array) {
        return array.getDataType() != DataType.UNKNOWN;
    }

    /**
     * Returns the array of a weight for a forward pass, or the array by which an adapter's host
     * replaced it.
     *
     * @param store where the pass looks parameters up
     * @param weight the weight, listed or not
     * @param device where it is wanted
     * @param training whether gradients may be asked for
     * @throws IllegalStateException if DJL does not know its dtype and it is on another device
     */
    public static NDArray value(
            ParameterStore store, Parameter weight, Device device, boolean training) {
        NDArray array = weight.getArray();
        if (isKnown(array)) {
            return store.getValue(weight, device, training);
        }
        NDArray other =
                store instanceof SubstituteStore substitutes
                        ? substitutes.substitute(weight, device, training)
                        : null;
        if (other != null) {
            return other;
        }
        if (!array.getDevice().equals(device)) {
            throw new IllegalStateException(
                    ("%s is a weight in %s on %s, asked for on %s; expected the input where"
                                    + " the model is. Load the model onto that device")
                            .formatted(weight.getName(), form(array), array.getDevice(), device));
        }
        return array;
    }

    /**
     * Requires that DJL lists all weights of a tree.
     *
     * @param root the tree
     * @param attempt the part of DJL that would get the tree, such as "DJL's Trainer"
     * @param instead what to do instead, for the message
     * @throws UnsupportedOperationException if there is such a weight
     */
    public static void requireListed(Block root, String attempt, String instead) {
        all(root)
                .forEach(
                        (name, weight) -> {
                            if (!isKnown(weight.getArray())) {
                                throw new UnsupportedOperationException(
                                        "%s does not know %s, the dtype of %s; %s"
                                                .formatted(
                                                        attempt,
                                                        form(weight.getArray()),
                                                        name,
                                                        instead));
                            }
                        });
    }

    private static String form(NDArray array) {
        return array instanceof PackedWeight packed ? packed.format() : "bfloat16";
    }

    /**
     * Returns whether a parameter is a statistic, which forward passes update instead of gradients.
     */
    public static boolean isStatistic(Parameter parameter) {
        return parameter.getType() == Parameter.Type.RUNNING_MEAN
                || parameter.getType() == Parameter.Type.RUNNING_VAR;
    }
}
